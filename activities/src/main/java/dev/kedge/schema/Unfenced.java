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
    finish(watch);
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

  private void finish(Watch watch) throws SQLException {
    try {
      database.inTransaction(
          transaction(),
          sql -> {
            StepFence.take(sql, scope, step);
            StepFence.mark(sql, scope, step, "done", null);
            return true;
          });
    } catch (ApplicationFailure e) {
      if (Failures.FENCED.equals(e.getType()) && index.isPresent()) {
        outside(
            watch,
            sql -> {
              index.get().drop(sql);
              return true;
            });
      }
      throw e;
    }
  }

  private boolean outside(Watch watch, Work<Boolean> work) throws SQLException {
    return database.outsideTransaction(
        sql -> {
          sql.execute(Statements.outsidePreamble(scope.migration(), statement));
          Statements.patient(sql);
          watch.over(sql.connection());
          return work.in(sql);
        });
  }

  private Transaction transaction() {
    return Transaction.readCommitted(scope.migration(), "ddl");
  }
}
