package dev.kedge.throttle;

import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Whose speed is decided on.
 *
 * @param scope at the epoch under which work is done
 * @param id of the migration
 * @param lanes of its plan
 */
record Subject(Database database, Scope scope, long id, int lanes) {
  // A signal that takes longer costs more than it is worth.
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** Runs {@code work} in a short transaction that nobody waits for. */
  <T> T run(Work<T> work) throws SQLException {
    return database.inTransaction(transaction().relaxed(), work);
  }

  /** Runs {@code work} in a short transaction whose COMMIT waits for the disk. */
  <T> T durably(Work<T> work) throws SQLException {
    return database.inTransaction(transaction(), work);
  }

  private Transaction transaction() {
    return Transaction.readCommitted(scope.migration(), "signals").statementTimeout(LONGEST);
  }
}
