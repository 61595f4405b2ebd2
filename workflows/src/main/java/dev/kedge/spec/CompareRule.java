package dev.kedge.spec;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a column is compared where its own equality is not what the owner means. Concerns comparing
 * alone: whoever writes the column stays exact.
 *
 * @param kind in which way
 * @param value the tolerance or the expression; null for {@link Kind#IGNORE}
 */
public record CompareRule(Kind kind, @Nullable String value) {
  /** The ways. */
  public enum Kind {
    /** Values that are no further apart are the same: a number, or a duration as specs spell it. */
    TOLERANCE,
    /** Both sides are compared as what an expression makes of the column. */
    AS,
    /** Not compared at all. */
    IGNORE
  }

  static final CompareRule IGNORED = new CompareRule(Kind.IGNORE, null);

  public CompareRule {
    Objects.requireNonNull(kind, "kind");
    if ((value == null) != (kind == Kind.IGNORE)) {
      throw new IllegalArgumentException(kind + " with the value " + value);
    }
  }
}
