package dev.kedge.bench.application;

import dev.kedge.bench.measure.BenchDatabase;
import java.sql.SQLException;

/** The tables of pgbench's usual transaction, made by hand: pgbench need not be there. */
public final class TpcB {
  /** Accounts of one branch; pgbench counts branches, and thinks so, too. */
  public static final long ACCOUNTS_OF_A_BRANCH = 100_000;

  static final int TELLERS_OF_A_BRANCH = 10;

  private TpcB() {}

  /** Makes and fills them. */
  public static void load(BenchDatabase database, int branches) throws SQLException {
    database.execute(
        "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88))"
            + " WITH (fillfactor = 100)",
        "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))",
        "CREATE TABLE pgbench_history"
            + " (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
        "CREATE TABLE pgbench_accounts"
            + " (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
        "INSERT INTO pgbench_branches SELECT i, 0, '' FROM generate_series(1, %d) i"
            .formatted(branches),
        "INSERT INTO pgbench_tellers SELECT i, 1 + (i - 1) / %2$d, 0, ''"
                .formatted(branches, TELLERS_OF_A_BRANCH)
            + " FROM generate_series(1, %d) i".formatted(branches * TELLERS_OF_A_BRANCH),
        "INSERT INTO pgbench_accounts SELECT i, 1 + (i - 1) / %d, 0, ''"
                .formatted(ACCOUNTS_OF_A_BRANCH)
            + " FROM generate_series(1, %d) i".formatted(branches * ACCOUNTS_OF_A_BRANCH),
        "VACUUM (FREEZE, ANALYZE)");
  }
}
