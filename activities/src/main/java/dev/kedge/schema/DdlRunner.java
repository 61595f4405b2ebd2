package dev.kedge.schema;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.registry.StepFence;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Runs what takes strong locks: one such action a transaction, fenced by its step and marked done
 * in the same transaction, so that done twice it is done once. Whoever queues behind it waits no
 * longer than lock_timeout, half of deadlock_timeout at most; then it gives way, says who was in
 * the way, and tries again, as often as it takes.
 */
public final class DdlRunner {
  private static final String NOT_IN_A_TRANSACTION = "25001";
  private static final String DEADLOCK = "40P01";

  /**
   * Runs one statement with the search_path of specs; outside a transaction if the server wants it.
   * Returns false when the step was done already. Throws {@link Failures#FENCED} when the epoch is
   * over, and the server's error when it refuses the statement.
   *
   * @param step the label that the fence and the mark go by, as in {@code expand/applyDdl/1}
   */
  public boolean run(Database database, Scope scope, String step, String statement)
      throws SQLException {
    try {
      return run(database, scope, step, sql -> executeWithSpecPath(sql, statement));
    } catch (SQLException e) {
      if (!NOT_IN_A_TRANSACTION.equals(e.getSQLState())) {
        throw e;
      }
      return patiently(
          database, scope, step, new Unfenced(database, scope, step, statement)::attempt);
    }
  }

  /**
   * Runs {@code work} between the fence and the mark, in their transaction; one lock-taking action,
   * please. It may run several times, the last time only commits. Otherwise as {@link
   * #run(Database, Scope, String, String)}; search_path is ours.
   */
  public boolean run(Database database, Scope scope, String step, Work<?> work)
      throws SQLException {
    return patiently(database, scope, step, watch -> attempt(database, scope, step, work, watch));
  }

  /** One attempt; true when it did something, false when there was nothing left to do. */
  private interface Attempt {
    boolean under(Watch watch) throws SQLException;
  }

  private static boolean patiently(Database database, Scope scope, String step, Attempt attempt)
      throws SQLException {
    Blocked blocked = new Blocked(database, scope);
    Backoff backoff = new Backoff();
    Pulse pulse = Pulse.ofActivity();
    while (true) {
      Watch watch = new Watch(database, scope.migration(), step, pulse);
      try (watch) {
        boolean did = attempt.under(watch);
        blocked.over();
        return did;
      } catch (SQLException e) {
        watch.check();
        if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
          throw e;
        }
        blocked.count(DEADLOCK.equals(e.getSQLState()));
      }
      blocked.by(step, watch.blockers());
      pulse.beat(step + ": waits for " + watch.blockers());
      backoff.pause();
    }
  }

  // Its locks keep everybody out; nothing is thought over between two of its statements.
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static boolean attempt(
      Database database, Scope scope, String step, Work<?> work, Watch watch) throws SQLException {
    Transaction transaction =
        Transaction.readCommitted(scope.migration(), "ddl")
            .statementTimeout(Duration.ZERO)
            .silence(SILENCE);
    return database.inTransaction(
        transaction,
        sql -> {
          Statements.patient(sql);
          watch.over(sql.connection());
          if (StepFence.take(sql, scope, step).equals("done")) {
            return false;
          }
          sql.first(Statements.LOCK_TIMEOUT, row -> "");
          work.in(sql);
          StepFence.mark(sql, scope, step, "done", null);
          return true;
        });
  }

  private static boolean executeWithSpecPath(Sql sql, String statement) throws SQLException {
    sql.execute(Statements.SEARCH_PATH);
    Statements.execute(sql, statement);
    sql.execute(Statements.OUR_PATH);
    return true;
  }
}
