package dev.kedge.synchronous;

import dev.kedge.activity.MoveScope;
import dev.kedge.capture.SyncEvent;
import dev.kedge.capture.SyncTriggers;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes the functions of a move's synchronous triggers, before there is a lock to hurry under. */
public final class SyncFunctions {
  // An application that defers all its constraints would defer the target's with them, and meet
  // an error at its COMMIT that nothing traps.
  private static final String DEFERRABLE =
      """
      SELECT quote_ident(n.nspname) || '.' || quote_ident(c.conname) AS name
      FROM pg_constraint c
      JOIN pg_namespace n ON n.oid = c.connamespace
      WHERE c.conrelid = ?::regclass AND c.condeferrable
      ORDER BY 1""";

  private SyncFunctions() {}

  /** Makes or replaces them. */
  public static void make(Sql sql, long migration, MoveScope request) throws SQLException {
    List<String> deferrable =
        sql.list(DEFERRABLE, row -> row.getString("name"), Quoting.table(request.move().target()));
    long millis = sql.one(LookSql.LOCK_TIMEOUT, row -> row.getLong("millis"));
    FunctionSql functions =
        new FunctionSql(request.move(), request.scope().migration(), millis, deferrable);
    Map<SyncEvent, String> definitions = new EnumMap<>(SyncEvent.class);
    for (SyncEvent event : SyncEvent.values()) {
      definitions.put(event, functions.definition(event));
    }
    SyncTriggers.makeFunctions(sql, migration, request.move(), definitions);
  }
}
