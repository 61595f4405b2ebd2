package dev.kedge.embedded.e2e;

import java.sql.SQLException;
import java.util.List;

/** What the ledger says, read past our own code. */
final class Ledger {
  private final TestDatabase database;

  Ledger(TestDatabase database) {
    this.database = database;
  }

  /** Rows filled so far; 0 before there is a ledger. */
  long rows() throws SQLException {
    return exists() ? database.number("SELECT COALESCE(sum(rows), 0) FROM kedge.range") : 0;
  }

  private boolean exists() throws SQLException {
    return database.number("SELECT (to_regclass('kedge.range') IS NOT NULL)::int") == 1;
  }

  /** Every transaction that was fenced by a range or a tail advances one of these. */
  List<String> turns() throws SQLException {
    return database.texts(
        """
        SELECT format('range %s/%s turn %s rows %s', move, range, turn, rows) FROM kedge.range
        UNION ALL
        SELECT format('tail %s turn %s', move, turn) FROM kedge.tail
        ORDER BY 1""");
  }

  /** Ranges that are filled, and with how many rows. */
  List<String> filled() throws SQLException {
    if (!exists()) {
      return List.of();
    }
    return database.texts(
        """
        SELECT format('%s/%s: (%s, %s] %s rows', move, range, lo, hi, rows) FROM kedge.range
        WHERE state <> 'open' ORDER BY move, range""");
  }
}
