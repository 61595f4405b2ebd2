package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import java.util.List;

/**
 * One generator for both sides. A target that counts by itself would, once it is written, hand out
 * numbers that the copy has brought along: the application's inserts would fail, one after another.
 */
final class Generators {
  private final Table source;
  private final Table target;
  private final Objections objections;

  Generators(Table source, Table target, Objections objections) {
    this.source = source;
    this.target = target;
    this.objections = objections;
  }

  /**
   * Refuses columns that are copied from one sequence's numbers and draw from another's.
   *
   * @param shared whether other moves fill the target, too: then no one sequence is right, and it
   *     is only warned of
   */
  void check(List<ProjectedColumn> columns, boolean shared) {
    for (ProjectedColumn column : columns) {
      PlainColumn.of(column.expression())
          .flatMap(source::column)
          .ifPresent(
              from ->
                  target
                      .column(column.column())
                      .ifPresent(written -> check(from, written, shared)));
    }
  }

  private void check(Column from, Column written, boolean shared) {
    String counted = from.sequence();
    String own = written.sequence();
    if (counted == null || own == null || counted.equals(own)) {
      return;
    }
    String column = target.name() + "." + written.name();
    String why =
        "it draws from %s, and is copied from %s.%s, which draws from %s: once it is written it would hand out numbers that are there"
            .formatted(own, source.name(), from.name(), counted);
    if (shared) {
      objections.warn(
          column + ": " + why + "; set its sequence above all of them before `writes` is approved");
    } else {
      objections.refuse(RefusalCodes.GENERATOR, column, why, help(written, counted));
    }
  }

  private String help(Column written, String sequence) {
    String name = Quoting.readable(written.name());
    return "let both draw from one sequence until contract: ALTER TABLE %s %sALTER COLUMN %s SET DEFAULT nextval(%s);"
        .formatted(
            Quoting.readable(target.name()),
            written.identity().isEmpty() ? "" : "ALTER COLUMN " + name + " DROP IDENTITY, ",
            name,
            "'" + sequence.replace("'", "''") + "'");
  }
}
