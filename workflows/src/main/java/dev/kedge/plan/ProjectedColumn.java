package dev.kedge.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.kedge.plan.Catalog.Comparison;
import org.jspecify.annotations.Nullable;

/**
 * One column that a projection writes.
 *
 * @param column the column that is written, unquoted
 * @param type what the expression is cast to: the column's type, without modifier where the cast
 *     would silently truncate ({@code varchar}, {@code char}, {@code bit})
 * @param expression SQL over one row of the side that is read; a plain column is quoted already
 * @param comparison how two values of it are the same, for whoever writes it
 * @param unique whether a unique index of the written table other than its key index has the column
 * @param compare how it is compared for evidence; null for as {@code comparison} says. Not in the
 *     JSON then: a plan made before it was known keeps its hash
 */
public record ProjectedColumn(
    String column,
    String type,
    String expression,
    Comparison comparison,
    boolean unique,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable CompareAs compare) {

  /** A column that is compared as its type says. */
  public ProjectedColumn(
      String column, String type, String expression, Comparison comparison, boolean unique) {
    this(column, type, expression, comparison, unique, null);
  }

  /** How it is compared for evidence, in words. */
  public String compared() {
    return compare == null ? comparison.words() : compare.words();
  }
}
