package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows of one table written from those of another: named columns by their expressions, same-named
 * ones by themselves. The way back is the same with the roles swapped.
 *
 * @param read the table whose rows are read
 * @param written the table whose columns are filled
 * @param key the written table's key columns
 * @param expressions written column to SQL over a row that is read
 * @param ignored same-named columns that are left out
 * @param rules how columns are compared where not exactly
 */
record CopyProjection(
    Table read,
    Table written,
    List<String> key,
    Map<String, String> expressions,
    Collection<String> ignored,
    CompareCheck.Rules rules) {

  /** The written columns in the table's order; what cannot be written is refused. */
  List<ProjectedColumn> resolve(TableCheck tables, Objections objections) {
    for (String column : expressions.keySet()) {
      if (written.column(column).isEmpty()) {
        tables.missingColumn(written, column);
      }
    }
    List<ProjectedColumn> columns = new ArrayList<>();
    for (Column column : written.columns()) {
      Optional<String> expression = expression(column, objections);
      if (expression.isEmpty()) {
        checkLeftOut(column, objections);
      } else if (WrittenColumns.writable(written, column, objections)) {
        WrittenColumns.of(written, column, expression.get(), key, rules, objections)
            .ifPresent(columns::add);
      }
    }
    return columns;
  }

  private Optional<String> expression(Column column, Objections objections) {
    String named = expressions.get(column.name());
    if (named != null) {
      return Optional.of(named);
    }
    Optional<Column> same = read.column(column.name());
    // A generated column is the server's own work on both sides.
    if (same.isEmpty() || ignored.contains(column.name()) || !column.generated().isEmpty()) {
      return Optional.empty();
    }
    checkTypes(column, same.get(), objections);
    return Optional.of(Quoting.name(column.name()));
  }

  private void checkTypes(Column column, Column same, Objections objections) {
    if (!Types.holds(column.type(), same.type())) {
      objections.refuse(
          RefusalCodes.TYPE,
          written.name() + "." + column.name(),
          "it is %s, and the same-named column of %s is %s"
              .formatted(column.type(), read.name(), same.type()),
          "say how one becomes the other: %s: %s::%s"
              .formatted(
                  Quoting.readable(column.name()),
                  Quoting.readable(column.name()),
                  column.castType()));
    } else if (Types.rounds(same.type(), column.type())) {
      objections.warn(
          "%s.%s is %s, the same-named column of %s is %s: values are rounded, and compared as such"
              .formatted(written.name(), column.name(), column.type(), read.name(), same.type()));
    } else if (!column.type().equals(same.type()) && column.type().contains("(")) {
      objections.warn(
          "%s.%s is %s, the same-named column of %s is %s: a value that does not fit stops the copy"
              .formatted(written.name(), column.name(), column.type(), read.name(), same.type()));
    }
  }

  private void checkLeftOut(Column column, Objections objections) {
    if (!WrittenColumns.fillsItself(column)) {
      objections.refuse(
          RefusalCodes.NOT_FILLED,
          written.name() + "." + column.name(),
          "it is NOT NULL without a default, and nothing fills it from " + read.name(),
          "name it with an expression, or give it a default");
    }
  }
}
