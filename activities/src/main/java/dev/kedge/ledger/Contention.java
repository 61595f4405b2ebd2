package dev.kedge.ledger;

import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts, for the status, how often lanes and tails gave way to somebody, or lost against him. */
public final class Contention {
  private static final Logger LOG = LoggerFactory.getLogger(Contention.class);

  // Only at the epoch of the one who met it: after a pause nothing of his commits any more.
  static final String COUNT =
      """
      UPDATE kedge.migration
      SET deadlocks = deadlocks + ?, serialization_failures = serialization_failures + ?,
        lock_timeouts = lock_timeouts + ?
      WHERE name = ? AND ended_at IS NULL AND epoch = ? AND open""";

  private Contention() {}

  /**
   * Counts {@code error} when it is a deadlock, a failed serialization or a lock not had in time.
   */
  public static void count(Database database, Scope scope, SQLException error) {
    String state = String.valueOf(error.getSQLState());
    int deadlock = state.equals("40P01") ? 1 : 0;
    int serialization = state.equals("40001") ? 1 : 0;
    int timeout = state.equals("55P03") ? 1 : 0;
    if (deadlock + serialization + timeout == 0) {
      return;
    }
    try {
      database.inTransaction(
          Transaction.readCommitted(scope.migration(), "note").relaxed(),
          sql ->
              sql.update(
                  COUNT, deadlock, serialization, timeout, scope.migration(), scope.epoch()));
    } catch (SQLException e) {
      // The work goes on, or fails on its own.
      LOG.debug("a contention of {} was not counted: {}", scope.migration(), e.getSQLState());
    }
  }
}
