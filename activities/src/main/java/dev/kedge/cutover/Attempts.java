package dev.kedge.cutover;

import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.time.Duration;

/** When a lock against the application's writers may be asked for, and for how long. */
final class Attempts {
  /** More captured keys would not be converged in time; the tail takes them first. */
  static final int MOST_KEYS = 2_000;

  // An attempt and the pause after it are one to nineteen: at most 5 % of the application's time.
  private static final int PAUSE_FACTOR = 19;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private final Database database;
  private final String migration;
  private long lockTimeoutMillis;
  private long notBefore = System.nanoTime();

  Attempts(Database database, String migration) {
    this.database = database;
    this.migration = migration;
  }

  /** Whether the pause after the last one is over. */
  boolean due() {
    return System.nanoTime() - notBefore >= 0;
  }

  /** Pauses after one that took so long; 0 for one that was not made. */
  void pauseAfter(long nanos) {
    notBefore = System.nanoTime() + Math.max(SHORTEST_PAUSE.toNanos(), PAUSE_FACTOR * nanos);
  }

  /** The longest wait for the lock, in milliseconds; read from the server once. */
  long lockTimeout() throws SQLException {
    if (lockTimeoutMillis == 0) {
      lockTimeoutMillis =
          database.inTransaction(
              Transaction.readCommitted(migration, "look").relaxed(),
              sql -> sql.one(HandoverSql.LOCK_TIMEOUT, row -> row.getLong("millis")));
    }
    return lockTimeoutMillis;
  }
}
