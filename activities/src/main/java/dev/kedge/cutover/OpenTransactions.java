package dev.kedge.cutover;

import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Transactions whose snapshots may be older than a moment: those that were open then, until each of
 * them has ended. One that is prepared meanwhile has not.
 */
final class OpenTransactions {
  private final Database database;
  private final String migration;
  private final String source;

  // By id, with the name people know them by.
  private final Map<String, String> open;
  private boolean prepared;

  private OpenTransactions(
      Database database, String migration, String source, Map<String, String> open) {
    this.database = database;
    this.migration = migration;
    this.source = source;
    this.open = open;
  }

  /** Those that are open now. */
  static OpenTransactions now(Database database, String migration, String source)
      throws SQLException {
    return new OpenTransactions(
        database, migration, source, look(database, migration, sql -> read(sql, FlipSql.OPEN)));
  }

  /** Names of those that have not ended; empty when all have. */
  String left() throws SQLException {
    if (!prepared) {
      open.keySet().retainAll(look(database, migration, sql -> read(sql, FlipSql.OPEN)).keySet());
      if (open.isEmpty()) {
        open.putAll(nowPrepared());
        prepared = true;
      }
    } else if (!open.isEmpty()) {
      open.keySet().retainAll(nowPrepared().keySet());
    }
    return String.join(", ", open.values());
  }

  private Map<String, String> nowPrepared() throws SQLException {
    return look(database, migration, sql -> read(sql, FlipSql.PREPARED, source));
  }

  private static Map<String, String> look(
      Database database, String migration, dev.kedge.postgres.Work<Map<String, String>> work)
      throws SQLException {
    return database.inTransaction(Transaction.readCommitted(migration, "look").relaxed(), work);
  }

  private static Map<String, String> read(Sql sql, String query, Object... binds)
      throws SQLException {
    Map<String, String> open = new TreeMap<>();
    sql.list(query, row -> open.put(row.getString("id"), row.getString("name")), binds);
    return open;
  }
}
