package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Generated columns that an expression reads. A BEFORE trigger sees them empty, because the server
 * computes them after it; the backfill sees them full.
 */
final class GeneratedColumns {
  private GeneratedColumns() {}

  /**
   * Fails with {@link Failures#REFUSED}, naming them. Of a view the server keeps every column it
   * depends on, 0 standing for the whole row.
   */
  static void refuse(Sql sql, MovePlan move) throws SQLException {
    String table = Quoting.table(move.source());
    List<ProjectedColumn> all =
        Stream.concat(move.columns().stream(), move.reverse().stream()).toList();
    List<String> generated =
        Probe.of(
            sql,
            move,
            all,
            view -> sql.list(CaptureSql.GENERATED, row -> row.getString("name"), view, table));
    if (!generated.isEmpty()) {
      throw Failures.refused(
          """
          an expression of move %d reads %s of %s, which the server generates: a BEFORE trigger \
          does not see it yet
          help: write out what it is generated from"""
              .formatted(move.number(), String.join(", ", generated), move.source()));
    }
  }
}
