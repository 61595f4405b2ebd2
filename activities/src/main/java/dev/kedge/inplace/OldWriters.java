package dev.kedge.inplace;

import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

/**
 * Transactions that have written to the table and are older than lock_timeout. Asking for the lock
 * while there is one would fail, and would have made every other writer wait for nothing.
 */
final class OldWriters {
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private OldWriters() {}

  /**
   * Gives way as if the lock had been asked for in vain. Age is told by looking twice: others'
   * pg_stat_activity may be hidden from us, pg_locks is not.
   */
  static void giveWay(Sql sql, InPlaceNames names) throws SQLException {
    Set<String> writers = look(sql, names);
    if (writers.isEmpty()) {
      return;
    }
    sql.first(CaptureSql.WAIT_LOCK_TIMEOUT, row -> "");
    writers.retainAll(look(sql, names));
    if (!writers.isEmpty()) {
      throw new SQLException(
          "%d transactions have written to %s and are still open"
              .formatted(writers.size(), names.table()),
          LOCK_NOT_AVAILABLE);
    }
  }

  private static Set<String> look(Sql sql, InPlaceNames names) throws SQLException {
    return new HashSet<>(
        sql.list(CaptureSql.WRITERS, row -> row.getString("writer"), names.table()));
  }
}
