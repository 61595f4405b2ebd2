package dev.kedge.capture;

import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.SQLException;

/**
 * Which side's keys are captured and which side refuses writes. Switched by DDL, under the lock:
 * triggers are looked up by statement, so no snapshot of the application is too old to see it.
 */
public final class Roles {
  private Roles() {}

  /**
   * Makes {@code side} the one that is written, and stores what the catalog says then.
   *
   * @param side {@code old} or {@code new}
   */
  public static void write(Sql sql, long migration, MovePlan move, String side)
      throws SQLException {
    CaptureNames names = CaptureNames.of(migration, move);
    boolean old = side.equals("old");
    SyncTriggers.silence(sql, migration, move);
    for (TableName source : move.sources()) {
      written(sql, names, source, old, true);
    }
    written(sql, names, move.target(), !old, !move.reverse().isEmpty());
    CaptureState.store(sql, migration, move);
  }

  private static void written(
      Sql sql, CaptureNames names, TableName table, boolean written, boolean captured)
      throws SQLException {
    if (captured) {
      sql.execute(CaptureSql.enable(table, names.capture(), written));
      sql.execute(CaptureSql.enable(table, names.emptied(), written));
    }
    sql.execute(CaptureSql.enable(table, names.guard(), !written));
  }
}
