package dev.kedge.plan;

import dev.kedge.plan.Catalog.Comparison;

/**
 * One column that a projection writes.
 *
 * @param column the column that is written, unquoted
 * @param type what the expression is cast to: the column's type, without modifier where the cast
 *     would silently truncate ({@code varchar}, {@code char}, {@code bit})
 * @param expression SQL over one row of the side that is read; a plain column is quoted already
 * @param comparison how two values of it are compared by value
 * @param unique whether a unique index of the written table other than its key index has the column
 */
public record ProjectedColumn(
    String column, String type, String expression, Comparison comparison, boolean unique) {}
