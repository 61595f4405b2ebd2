package dev.kedge.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.kedge.plan.Catalog.Comparison;
import org.jspecify.annotations.Nullable;

/**
 * How a column is compared where the spec says it, instead of as its type says. Evidence stands on
 * it; whoever writes the column stays exact.
 *
 * @param way in which way
 * @param sql the tolerance with its type, or the expression over the column; null when ignored
 * @param type what values are counted with as; null without a tolerance
 * @param result how what the expression makes of two values is compared; null without one
 * @param words as people are told
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CompareAs(
    Way way,
    @Nullable String sql,
    @Nullable String type,
    @Nullable Comparison result,
    String words) {
  /** The ways. */
  public enum Way {
    /** Values that are no further apart than the tolerance are the same. */
    WITHIN,
    /** What an expression makes of both is compared. */
    AS,
    /** Nothing is compared. */
    IGNORED
  }

  static final CompareAs NOT_AT_ALL = new CompareAs(Way.IGNORED, null, null, null, "not at all");

  /** No further apart than {@code sql}, counted with as {@code type}. */
  static CompareAs within(String sql, String type, String words) {
    return new CompareAs(Way.WITHIN, sql, type, null, words);
  }

  /** As what an expression over the column makes of it. */
  static CompareAs as(String sql, Comparison result) {
    return new CompareAs(Way.AS, sql, null, result, "as " + sql.replaceAll("\\s+", " "));
  }
}
