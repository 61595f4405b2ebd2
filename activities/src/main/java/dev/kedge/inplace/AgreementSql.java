package dev.kedge.inplace;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.projection.Projection;
import dev.kedge.projection.Values;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What it means that a row of a move in place agrees, as predicates over the table's own row that
 * are never null. They raise when an expression does: then the row could not be compared, which is
 * no match. Question marks are doubled: the text is for statements that {@link
 * dev.kedge.postgres.Sql} prepares.
 */
public final class AgreementSql {
  private AgreementSql() {}

  /** {@code new = P(old)}, for all new columns. */
  public static String forward(MovePlan move) {
    return holds(move.columns());
  }

  /** {@code old = R(new)}, for all old columns; {@code false} when the old side does not follow. */
  public static String reverse(MovePlan move) {
    return move.reverse().isEmpty() ? "false" : holds(move.reverse());
  }

  /** Some column is not what the projection yields, for a statement that binds. */
  static String differs(List<ProjectedColumn> columns) {
    return columns.stream()
        .map(c -> different(Quoting.name(c.column()), bindable(c), c.comparison()))
        .collect(Collectors.joining("\n    OR "));
  }

  /** What the projection yields for a column, for a statement that binds. */
  public static String bindable(ProjectedColumn column) {
    return Placeholders.escape(Projection.value(column));
  }

  /** Two values are the same by value, null being a value; never null. */
  static String same(String left, String right, Comparison comparison) {
    return "(NOT " + different(left, right, comparison) + ")";
  }

  /** Two values are not the same by value, null being a value; never null. */
  static String different(String left, String right, Comparison comparison) {
    return "(" + Values.differ(comparison, left, right) + ")";
  }

  private static String holds(List<ProjectedColumn> columns) {
    return columns.stream()
        .map(c -> same(Quoting.name(c.column()), bindable(c), c.comparison()))
        .collect(Collectors.joining(" AND "));
  }
}
