package dev.kedge.projection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a statement with the values of its question marks, in their order.
 *
 * @param text SQL
 * @param binds one value a question mark; a {@code List<String>} is bound as {@code text[]}
 */
public record Fragment(String text, List<@Nullable Object> binds) {
  /** A piece that binds nothing and adds nothing. */
  public static final Fragment NONE = of("");

  public Fragment {
    binds = Collections.unmodifiableList(new ArrayList<>(binds));
  }

  /** A piece with its values. */
  public static Fragment of(String text, @Nullable Object... binds) {
    return new Fragment(text, Arrays.asList(binds));
  }

  /** This piece, then {@code text}. */
  public Fragment then(String text, @Nullable Object... more) {
    return then(of(text, more));
  }

  /** This piece, then the next. */
  public Fragment then(Fragment next) {
    List<@Nullable Object> all = new ArrayList<>(binds);
    all.addAll(next.binds);
    return new Fragment(text + next.text, all);
  }

  /** The values as {@link dev.kedge.postgres.Sql} takes them. */
  public @Nullable Object[] values() {
    return binds.toArray();
  }
}
