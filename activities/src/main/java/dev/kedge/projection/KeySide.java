package dev.kedge.projection;

import dev.kedge.plan.Quoting;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The key columns of one side. All comparisons are the server's: a key goes there as text and is
 * cast there, composite ones are compared row by row, which a unique index answers.
 *
 * @param names the columns, unquoted
 * @param types their types with modifier
 */
public record KeySide(List<String> names, List<String> types) {
  private static final Pattern MODIFIER = Pattern.compile("\\(.*\\)");
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
  private static final Set<String> TEXTS =
      Set.of("text", "character varying", "character", "bpchar", "citext", "public.citext", "name");

  public KeySide {
    names = List.copyOf(names);
    types = List.copyOf(types);
  }

  /** The columns quoted, a comma between, each {@code prefix}ed. */
  public String list(String prefix) {
    return names.stream()
        .map(name -> prefix + Quoting.name(name))
        .collect(Collectors.joining(", "));
  }

  /** {@code k1 = k1 AND k2 = k2} between two prefixes. */
  public String equal(String left, String right) {
    return names.stream()
        .map(Quoting::name)
        .map(name -> left + name + " = " + right + name)
        .collect(Collectors.joining(" AND "));
  }

  /** The columns as a {@code text[]}, to be read by {@code Sql.texts}. */
  public String asTexts(String prefix) {
    return names.stream()
        .map(name -> prefix + Quoting.name(name) + "::text")
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  /** Keys in the range, as a predicate; {@code true} for all. */
  public Fragment in(KeyRange range, String prefix) {
    return between(range, list(prefix));
  }

  /** The same of what stands for the columns, a comma between. */
  public Fragment inAs(KeyRange range, String columns) {
    return between(range, columns);
  }

  /**
   * Keys whose counterparts on {@code other} are in a range of it. Casts back where the order of
   * the two types differs; no index answers that, but it is asked for only then.
   */
  Fragment inRangeOf(KeySide other, KeyRange range, String prefix) {
    return other.between(range, inOrderOf(other, prefix));
  }

  /** The columns as they sort and compare like their counterparts on {@code other}. */
  public String inOrderOf(KeySide other, String prefix) {
    return IntStream.range(0, names.size())
        .mapToObj(
            i ->
                prefix
                    + Quoting.name(names.get(i))
                    + (sameOrder(types.get(i), other.types.get(i))
                        ? ""
                        : "::" + other.types.get(i)))
        .collect(Collectors.joining(", "));
  }

  private Fragment between(KeyRange range, String columns) {
    Fragment above = compared(columns, ">", range.lo());
    Fragment upTo = compared(columns, "<=", range.hi());
    if (range.lo() == null) {
      return range.hi() == null ? Fragment.of("true") : upTo;
    }
    return range.hi() == null ? above : above.then(" AND ").then(upTo);
  }

  private Fragment compared(String columns, String operator, @Nullable List<String> key) {
    return key == null
        ? Fragment.NONE
        : Fragment.of(
            "(%s) %s (%s)".formatted(columns, operator, casts(type -> "?::" + type)),
            key.toArray());
  }

  /** A value of each column's type, made from its type's name. */
  String casts(UnaryOperator<String> value) {
    return types.stream().map(value).collect(Collectors.joining(", "));
  }

  /** Whether the type has a collation, as far as its name tells. */
  public static boolean isText(String type) {
    return TEXTS.contains(MODIFIER.matcher(type).replaceFirst(""));
  }

  /** Whether both are whole numbers, which one index order serves and one merge compares. */
  public static boolean areIntegers(String one, String other) {
    return INTEGERS.contains(one) && INTEGERS.contains(other);
  }

  private static boolean sameOrder(String one, String other) {
    return one.equals(other)
        || (INTEGERS.contains(one) && INTEGERS.contains(other))
        || (isText(one) && isText(other));
  }
}
