package dev.kedge.schema;

import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the control schema what a statement waits for, for the status to show. */
final class Blocked {
  private static final Logger LOG = LoggerFactory.getLogger(Blocked.class);

  private final Database database;
  private final Scope scope;
  private boolean noted;

  Blocked(Database database, Scope scope) {
    this.database = database;
    this.scope = scope;
  }

  /** Notes that {@code step} waits, and for whom as far as it was seen. */
  void by(String step, String blockers) {
    String who = blockers.isEmpty() ? "a lock that somebody held a moment ago" : blockers;
    LOG.info("{} of {} gave way and tries again: waits for {}", step, scope.migration(), who);
    noted = true;
    note(step + " waits for " + who);
  }

  /** Notes that nothing waits any more. */
  void over() {
    if (noted) {
      note(null);
    }
  }

  /** Counts a deadlock, in which we were the victim, or a failed serialization. */
  void count(boolean deadlock) {
    if (deadlock) {
      quietly(sql -> sql.update(BlockerSql.COUNT, 1, 0, scope.migration(), scope.epoch()));
    }
  }

  private void note(@Nullable String text) {
    quietly(sql -> sql.update(BlockerSql.NOTE, text, scope.migration(), scope.epoch()));
  }

  private void quietly(Work<Long> work) {
    try {
      database.inTransaction(Transaction.readCommitted(scope.migration(), "note"), work);
    } catch (SQLException e) {
      // The status shows it late or not at all; the statement itself does not depend on it.
      LOG.debug("could not note what {} waits for: {}", scope.migration(), e.getSQLState());
    }
  }
}
