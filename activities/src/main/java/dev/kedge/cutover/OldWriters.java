package dev.kedge.cutover;

import dev.kedge.backfill.Pause;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Transactions that have written to one of the tables and are older than lock_timeout. While there
 * is one, the lock would not come, and asking for it would make every other writer wait for
 * nothing.
 */
final class OldWriters {
  private final Database database;
  private final String migration;
  private final List<String> tables;

  OldWriters(Database database, String migration, List<String> tables) {
    this.database = database;
    this.migration = migration;
    this.tables = tables;
  }

  /** Their names; empty when the lock may be asked for. */
  String inTheWay(long lockTimeoutMillis) throws SQLException {
    Map<String, String> writers = look();
    if (writers.isEmpty()) {
      return "";
    }
    Pause.millis(lockTimeoutMillis);
    Map<String, String> later = look();
    writers.keySet().retainAll(later.keySet());
    return String.join(", ", writers.values());
  }

  private Map<String, String> look() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(migration, "look").relaxed(), this::look);
  }

  private Map<String, String> look(Sql sql) throws SQLException {
    Map<String, String> writers = new TreeMap<>();
    sql.list(
        HandoverSql.WRITERS,
        row -> writers.put(row.getString("writer"), row.getString("name")),
        tables);
    return writers;
  }
}
