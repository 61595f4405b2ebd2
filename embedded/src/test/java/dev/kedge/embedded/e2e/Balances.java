package dev.kedge.embedded.e2e;

import java.sql.SQLException;

/** Accounts whose rows count how often anybody wrote them, by a trigger that nobody else knows. */
final class Balances {
  private final TestDatabase database;
  private final int rows;

  private Balances(TestDatabase database, int rows) {
    this.database = database;
    this.rows = rows;
  }

  /**
   * @param rows how many accounts
   */
  static Balances create(TestDatabase database, int rows) throws SQLException {
    database.run(
        """
        CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint, touched int NOT NULL DEFAULT 0);
        INSERT INTO accounts SELECT id, (id * 7919) %% 1000003 FROM generate_series(1::bigint, %d) AS id;
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.touched := OLD.touched + 1;
          RETURN NEW;
        END $$;
        CREATE TRIGGER a_touch BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION touch();
        ANALYZE accounts"""
            .formatted(rows));
    return new Balances(database, rows);
  }

  int rows() {
    return rows;
  }

  /** Rows that are right and were written exactly once. */
  long rightAndTouchedOnce() throws SQLException {
    return database.number(
        """
        SELECT count(*) FROM accounts
        WHERE touched = 1 AND balance_cents = balance * 100
          AND balance = (id * 7919) % 1000003""");
  }
}
