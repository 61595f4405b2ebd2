package dev.kedge.schema;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.registry.StepFence;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.Optional;

/**
 * One statement that PostgreSQL refuses inside a transaction, like CREATE INDEX CONCURRENTLY. The
 * epoch is read before and after; superseded meanwhile, an index is dropped again. An invalid
 * leftover of an earlier attempt is dropped, never taken for done.
 */
final class Unfenced {
  private static final String BEGUN = "begun outside a transaction";
  private static final int MOST = 3;

  private final Database database;
  private final Scope scope;
  private final String step;
  private final String statement;
  private final Optional<ConcurrentIndex> index;

  Unfenced(Database database, Scope scope, String step, String statement) {
    this.database = database;
    this.scope = scope;
    this.step = step;
    this.statement = statement;
    this.index = ConcurrentIndex.of(statement);
  }

  /** Whether this attempt did it; false when the step was done already. */
  boolean attempt(Watch watch) throws SQLException {
    Start start = begin();
    if (start == Start.DONE) {
      return false;
    }
    boolean there = start == Start.AGAIN && outside(watch, this::isThere);
    if (!there) {
      outside(watch, this::execute);
    }
    for (int again = 0; !finish(watch); again++) {
      if (again == MOST) {
        throw new SQLException("the index is gone as soon as it is built", "55000");
      }
      outside(watch, this::execute);
    }
    return true;
  }

  private enum Start {
    DONE,
    FIRST,
    AGAIN
  }

  private Start begin() throws SQLException {
    return database.inTransaction(
        transaction(),
        sql -> {
          if (StepFence.take(sql, scope, step).equals("done")) {
            return Start.DONE;
          }
          boolean begun = BEGUN.equals(StepFence.detail(sql, scope, step));
          StepFence.mark(sql, scope, step, "open", BEGUN);
          return begun ? Start.AGAIN : Start.FIRST;
        });
  }

  /** Whether an attempt of the step was begun that its mark does not tell of. */
  static boolean isBegun(Database database, Scope scope, String step) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "ddl"),
        sql -> BEGUN.equals(StepFence.detail(sql, scope, step)));
  }

  private boolean isThere(Sql sql) throws SQLException {
    return index.isPresent() && index.get().state(sql) == ConcurrentIndex.State.VALID;
  }

  private boolean execute(Sql sql) throws SQLException {
    if (index.isPresent()) {
      index.get().dropInvalid(sql);
    }
    try {
      Statements.execute(sql, statement);
    } catch (SQLException e) {
      dropLeftover(sql, e);
      throw e;
    }
    return true;
  }

  private void dropLeftover(Sql sql, SQLException cause) {
    try {
      if (index.isPresent() && !sql.connection().isClosed()) {
        index.get().dropInvalid(sql);
      }
    } catch (SQLException e) {
      // The next attempt begins with it.
      cause.addSuppressed(e);
    }
  }

  /** Marks the step done; false when somebody who was superseded took the index away meanwhile. */
  private boolean finish(Watch watch) throws SQLException {
    try {
      return database.inTransaction(
          transaction(),
          sql -> {
            StepFence.take(sql, scope, step);
            sql.execute(Statements.SEARCH_PATH);
            boolean done = index.isEmpty() || isThere(sql);
            sql.execute(Statements.OUR_PATH);
            if (done) {
              StepFence.mark(sql, scope, step, "done", null);
            }
            return done;
          });
    } catch (ApplicationFailure e) {
      if (Failures.FENCED.equals(e.getType()) && index.isPresent()) {
        try {
          undo(watch, index.get());
        } catch (SQLException left) {
          e.addSuppressed(left);
        }
      }
      throw e;
    }
  }

  // Whoever came after may have found the index and taken it for its own. Its mark waits for the
  // step's row, and looks again: either it is marked, and the index stays, or the index goes first.
  private void undo(Watch watch, ConcurrentIndex made) throws SQLException {
    database.inTransaction(
        transaction(),
        sql ->
            StepFence.isDone(sql, scope, step)
                || outside(
                    watch,
                    beside -> {
                      made.drop(beside);
                      return true;
                    }));
  }

  private boolean outside(Watch watch, Work<Boolean> work) throws SQLException {
    return database.outsideTransaction(
        sql -> {
          sql.execute(Statements.outsidePreamble(scope.migration(), statement));
          if (Statements.builds(statement)) {
            sql.list(Statements.BUILD, row -> "");
          }
          Statements.patient(sql);
          watch.over(sql.connection());
          return work.in(sql);
        });
  }

  private Transaction transaction() {
    return Transaction.readCommitted(scope.migration(), "ddl");
  }
}
