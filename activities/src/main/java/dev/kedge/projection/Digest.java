package dev.kedge.projection;

import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One number for a row, as SQL that is never null: equal rows have equal ones. What is a hash of
 * one column seeds that of the next, so that two columns exchanged make another row; rows are to be
 * added up, not XORed, so that two equal rows do not cancel out. It says what was compared; what
 * differs it does not decide.
 */
public final class Digest {
  // Stand for NULL: nobody's values, and should they be, it is as if two hashes met.
  private static final String NO_NUMBER = "(-7046029254386353131)";
  private static final String NO_TEXT = "E'\\x01null\\x01'";

  private static final Pattern MODIFIER = Pattern.compile("\\([^)]*\\)");
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
  private static final Set<String> TEXTS = Set.of("text", "character varying");

  // Hashed by value; what is not known to be goes by its text.
  private static final Set<String> HASHABLE =
      Set.of(
          "boolean",
          "uuid",
          "date",
          "time without time zone",
          "timestamp without time zone",
          "timestamp with time zone",
          "bytea",
          "jsonb",
          "inet",
          "real",
          "double precision");

  private Digest() {}

  /** Of a row's columns, each {@code prefix}ed. */
  public static String of(List<ProjectedColumn> columns, String prefix) {
    String digest = "0";
    for (ProjectedColumn column : columns) {
      String type = MODIFIER.matcher(column.type()).replaceFirst("");
      String value = prefix + Quoting.name(column.column());
      // The first number of several needs no hash: it is the seed.
      digest =
          digest.equals("0") && INTEGERS.contains(type) && columns.size() > 1
              ? integer(value)
              : hash(type, value, digest);
    }
    return digest.equals("0") ? "0::bigint" : digest;
  }

  private static String hash(String type, String value, String seed) {
    if (HASHABLE.contains(type)) {
      return "hash_record_extended(ROW(%s), %s)".formatted(value, seed);
    }
    if (INTEGERS.contains(type)) {
      return "hashint8extended(%s, %s)".formatted(integer(value), seed);
    }
    if (type.equals("numeric")) {
      return "hash_numeric_extended(coalesce(%s, %s), %s)".formatted(value, NO_NUMBER, seed);
    }
    String text = TEXTS.contains(type) ? value : "(" + value + ")::text";
    return "hashtextextended(coalesce(%s, %s) COLLATE \"C\", %s)".formatted(text, NO_TEXT, seed);
  }

  private static String integer(String value) {
    return "coalesce(%s::bigint, %s)".formatted(value, NO_NUMBER);
  }
}
