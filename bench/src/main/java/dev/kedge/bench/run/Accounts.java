package dev.kedge.bench.run;

import dev.kedge.bench.application.Writers.Side;
import dev.kedge.bench.measure.BenchDatabase;
import java.sql.SQLException;
import java.util.List;

/**
 * A narrow table and its successor, with maps both ways: made to be handed over again and again.
 */
final class Accounts {
  private Accounts() {}

  static void load(BenchDatabase database, long rows) throws SQLException {
    database.execute(
        "CREATE TABLE accounts (id bigint PRIMARY KEY, holder text NOT NULL, cents bigint NOT NULL)",
        """
        INSERT INTO accounts
        SELECT i, 'holder ' || i, abs(hashint8extended(i, 1)) %% 10000000
        FROM generate_series(1::bigint, %d) i"""
            .formatted(rows),
        "VACUUM (FREEZE, ANALYZE) accounts");
  }

  static String spec() {
    return """
        kedge: 1
        migration: accounts-new
        owner: bench
        database: app
        expand:
          - CREATE TABLE accounts_new (id bigint PRIMARY KEY, holder text NOT NULL, amount numeric(14,2) NOT NULL)
        moves:
          - from: accounts
            to: accounts_new
            sync: synchronous
            columns: { amount: "(cents / 100.0)::numeric(14,2)" }
            reverse: { cents: "(amount * 100)::bigint" }
        backfill: { lanes: 2, chunk: 50ms }
        """;
  }

  /** The old one, then the new one. */
  static List<Side> sides() {
    return List.of(
        new Side(
            "UPDATE accounts SET cents = cents + 1 WHERE id = ?",
            "INSERT INTO accounts (id, holder, cents) VALUES (?, 'new', 1) ON CONFLICT DO NOTHING",
            "DELETE FROM accounts WHERE id = ?"),
        new Side(
            "UPDATE accounts_new SET amount = amount + 0.01 WHERE id = ?",
            "INSERT INTO accounts_new (id, holder, amount) VALUES (?, 'new', 0.01)"
                + " ON CONFLICT DO NOTHING",
            "DELETE FROM accounts_new WHERE id = ?"));
  }

  /** All rows that no writer touches. */
  static String bulk(long rows) {
    return "UPDATE accounts SET cents = cents + 1 WHERE id <= " + rows;
  }
}
