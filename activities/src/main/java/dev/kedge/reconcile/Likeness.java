package dev.kedge.reconcile;

import dev.kedge.inplace.AgreementSql;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.CompareAs;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.projection.Values;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * When a compare takes two values of a column for the same: as its type says, unless the spec says
 * otherwise. SQL that is never null; what cannot be told raises an error, which is no match. Only
 * evidence is made of it: whoever writes a column asks {@link Values}, which forgives nothing.
 *
 * @param table whose columns they are; expressions may call it by its name
 */
record Likeness(TableName table) {

  /** Some column differs between two prefixes; {@code false} without columns. */
  String differ(List<ProjectedColumn> columns, String left, String right) {
    return columns.isEmpty()
        ? "false"
        : columns.stream()
            .map(c -> differ(c, left + name(c), right + name(c)))
            .collect(Collectors.joining(" OR "));
  }

  /** All columns of a row of a move in place are what the projection yields for them. */
  String agree(List<ProjectedColumn> columns) {
    return columns.stream()
        .map(c -> "(NOT (" + differ(c, name(c), AgreementSql.bindable(c)) + "))")
        .collect(Collectors.joining(" AND "));
  }

  /** Two values of a column differ. */
  String differ(ProjectedColumn column, String left, String right) {
    CompareAs rule = column.compare();
    if (rule == null) {
      return Values.differ(column.comparison(), left, right);
    }
    return switch (rule.way()) {
      case IGNORED -> "false";
      case WITHIN -> apart(rule, left, right);
      case AS ->
          Values.differ(
              Objects.requireNonNull(rule.result()),
              made(rule, column, left),
              made(rule, column, right));
    };
  }

  // Nulls and infinities are as far from anything else as can be: nothing comes of counting then.
  private static String apart(CompareAs rule, String left, String right) {
    return """
        ((%1$s)::%3$s IS DISTINCT FROM (%2$s)::%3$s
          AND ((%1$s)::%3$s BETWEEN (%2$s)::%3$s - %4$s AND (%2$s)::%3$s + %4$s) IS NOT TRUE)"""
        .formatted(left, right, rule.type(), rule.sql());
  }

  // The column by its own name, on both sides in one collation, and nothing else in sight.
  private String made(CompareAs rule, ProjectedColumn column, String value) {
    String collation = column.comparison() == Comparison.BYTES ? " COLLATE \"default\"" : "";
    return "(SELECT (\n%s\n) FROM (SELECT (%s)%s AS %s) AS %s)"
        .formatted(
            Placeholders.escape(Objects.requireNonNull(rule.sql())),
            value,
            collation,
            name(column),
            Quoting.name(table.name()));
  }

  private static String name(ProjectedColumn column) {
    return Quoting.name(column.column());
  }
}
