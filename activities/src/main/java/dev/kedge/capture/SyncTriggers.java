package dev.kedge.capture;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Sync;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The triggers that write a target in the application's own transactions. They stand beside
 * capture, which stays on: a key whose trigger failed, or saw too little, is in the log all the
 * same. What they do is given to them.
 */
public final class SyncTriggers {
  private static final String FOLLOWING =
      "UPDATE kedge.move SET following = ? WHERE migration = ? AND move = ?";

  private static final String STRAGGLERS =
      "DELETE FROM kedge.straggler WHERE migration = ? AND move = ?";

  private SyncTriggers() {}

  /** The step that makes the functions; undone when capture is removed. */
  public static String functionsStep(int move) {
    return "reconcile/flip/" + move + "/functions";
  }

  /** Makes the functions, whose bodies are given; nothing calls them yet. */
  public static void makeFunctions(
      Sql sql, long migration, MovePlan move, Map<SyncEvent, String> definitions)
      throws SQLException {
    CaptureNames names = CaptureNames.of(migration, move);
    for (Map.Entry<SyncEvent, String> each : definitions.entrySet()) {
      String function = "kedge." + Quoting.name(names.syncFunction(each.getKey())) + "()";
      sql.execute("CREATE OR REPLACE FUNCTION " + function + " " + each.getValue());
      sql.execute("REVOKE ALL ON FUNCTION " + function + " FROM PUBLIC");
    }
  }

  /**
   * Makes the triggers, under the caller's lock on the source, and notes that the target is
   * flipped.
   *
   * @param name the migration's name, whose own sessions they are deaf to
   */
  public static void make(Sql sql, long migration, MovePlan move, String name) throws SQLException {
    CaptureNames names = CaptureNames.of(migration, move);
    for (SyncEvent event : SyncEvent.values()) {
      sql.execute(CaptureSql.syncTrigger(names, event, move.source(), name));
      sql.execute(CaptureSql.enable(move.source(), names.sync(event), true));
    }
    CaptureState.store(sql, migration, move);
    sql.update(FOLLOWING, "flipped", migration, move.number());
  }

  /** Forgets how a move that is over was followed. */
  static void forget(Sql sql, long migration, MovePlan move) throws SQLException {
    sql.update(FOLLOWING, "trailing", migration, move.number());
    sql.update(STRAGGLERS, migration, move.number());
  }

  /** Silences those that are there; dropping would lock readers out. Then the target trails. */
  static void silence(Sql sql, long migration, MovePlan move) throws SQLException {
    if (move.sync() != Sync.SYNCHRONOUS) {
      return;
    }
    CaptureNames names = CaptureNames.of(migration, move);
    for (String trigger :
        sql.list(
            CaptureSql.TRIGGERS,
            row -> row.getString("tgname"),
            Quoting.table(move.source()),
            Stream.of(SyncEvent.values()).map(names::sync).toList())) {
      sql.execute(CaptureSql.enable(move.source(), trigger, false));
    }
    forget(sql, migration, move);
  }
}
