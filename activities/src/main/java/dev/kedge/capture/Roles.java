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
    boolean old = side.equals("old");
    boolean partitioned = Partitions.isPartitioned(sql, migration, move);
    SyncTriggers.silence(sql, migration, move);
    for (TableName table : move.tables()) {
      boolean written = table.equals(move.target()) != old;
      if (partitioned && PartitionedSide.root(sql, table).isPresent()) {
        PartitionedSide.turn(sql, migration, move, table.equals(move.target()), written);
      } else {
        turn(sql, migration, move, table, written);
      }
    }
    CaptureState.store(sql, migration, move, partitioned);
  }

  private static void turn(Sql sql, long migration, MovePlan move, TableName table, boolean written)
      throws SQLException {
    boolean captured = !table.equals(move.target()) || !move.reverse().isEmpty();
    written(sql, CaptureNames.of(migration, move), table, written, captured);
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
