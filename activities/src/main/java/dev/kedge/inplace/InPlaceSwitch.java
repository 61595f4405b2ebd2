package dev.kedge.inplace;

import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Unsettled;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.StepFence;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Changes which columns of a move in place are the writing side: in one fenced transaction, under a
 * lock that lets readers pass, one trigger is disabled and the other enabled. No write falls
 * between them, because triggers are looked up by statement and not by snapshot.
 */
public final class InPlaceSwitch {
  private final DdlRunner runner;

  public InPlaceSwitch(DdlRunner runner) {
    this.runner = runner;
  }

  /**
   * Makes the new columns the writing side. Refuses while a range is unfinished; fails with {@link
   * Failures#CATALOG_DIFFERS} when the triggers are not as they were installed.
   */
  public HandoverResult handOver(Database database, MoveScope scope) throws SQLException {
    return new Turn(scope, Half.BOTH).run(database);
  }

  /** Makes the old columns the writing side again. */
  public HandoverResult handBack(Database database, MoveScope scope) throws SQLException {
    return new Turn(scope, Half.FILL).run(database);
  }

  private final class Turn {
    private final MoveScope scope;
    private final Half half;
    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicLong lockedAt = new AtomicLong();
    private boolean switched;

    Turn(MoveScope scope, Half half) {
      this.scope = scope;
      this.half = half;
    }

    HandoverResult run(Database database) throws SQLException {
      runner.run(database, scope.scope(), step(half), this::attempt);
      Long hold = switched ? Duration.ofNanos(System.nanoTime() - lockedAt.get()).toMillis() : null;
      return new HandoverResult(switched, attempts.get(), hold, null, 0);
    }

    private boolean attempt(Sql sql) throws SQLException {
      attempts.incrementAndGet();
      switched = false;
      InPlaceNames names = InPlaceNames.of(sql, scope);
      OldWriters.giveWay(sql, names);
      sql.execute(CaptureSql.LOCK.formatted(names.table()));
      lockedAt.set(System.nanoTime());
      CapturedMove move = new CapturedMove(names);
      if (move.half(sql) != half) {
        change(sql, names, move);
        switched = true;
      }
      // What this undoes may be asked for again.
      StepFence.mark(
          sql, scope.scope(), step(half == Half.BOTH ? Half.FILL : Half.BOTH), "undone", null);
      return switched;
    }

    private void change(Sql sql, InPlaceNames names, CapturedMove move) throws SQLException {
      move.check(sql);
      LaterTriggers.refuse(sql, names);
      if (half == Half.BOTH) {
        refuseUnfinished(sql, names);
        refuseUnsettled(sql, names);
      }
      sql.execute(names.enableOnly(half));
      move.switched(sql, half);
    }

    private void refuseUnsettled(Sql sql, InPlaceNames names) throws SQLException {
      Optional<String> rows = Unsettled.forward(sql, scope, names.migration());
      if (rows.isPresent()) {
        throw Failures.refused("the new columns cannot be the writing side yet: " + rows.get());
      }
    }

    private String step(Half of) {
      return of == Half.BOTH
          ? InPlaceNames.handOver(scope.move())
          : InPlaceNames.handBack(scope.move());
    }
  }

  private static void refuseUnfinished(Sql sql, InPlaceNames names) throws SQLException {
    long open =
        sql.one(
            CaptureSql.OPEN_RANGES, row -> row.getLong("open"), names.migration(), names.move());
    if (open > 0) {
      throw Failures.refused(
          "%d ranges of %s are not filled yet; the new columns cannot be the writing side"
              .formatted(open, names.table()));
    }
  }
}
