package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Columns of a table that are written from others of the same row. */
final class InPlaceProjection {
  private final Table table;
  private final List<String> key;
  private final CompareCheck.Rules rules;
  private final TableCheck tables;
  private final Objections objections;

  InPlaceProjection(
      Table table,
      List<String> key,
      CompareCheck.Rules rules,
      TableCheck tables,
      Objections objections) {
    this.table = table;
    this.key = key;
    this.rules = rules;
    this.tables = tables;
    this.objections = objections;
  }

  /** What {@code expressions} write, in the order of the table's columns. */
  List<ProjectedColumn> of(Map<String, String> expressions) {
    for (String column : expressions.keySet()) {
      if (table.column(column).isEmpty()) {
        tables.missingColumn(table, column);
      }
    }
    List<ProjectedColumn> written = new ArrayList<>();
    for (Column column : table.columns()) {
      String expression = expressions.get(column.name());
      if (expression != null && writable(column)) {
        WrittenColumns.of(table, column, expression, key, rules, objections)
            .ifPresent(written::add);
      }
    }
    return written;
  }

  private boolean writable(Column column) {
    if (key.contains(column.name())) {
      objections.refuse(
          RefusalCodes.NOT_WRITABLE,
          table.name() + "." + column.name(),
          "it is part of the key the move walks along",
          "set key: to a unique index without it, or copy to another table");
      return false;
    }
    return WrittenColumns.writable(table, column, objections);
  }
}
