package dev.kedge.cutover;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.TailActivities;
import dev.kedge.backfill.Heartbeat;
import dev.kedge.backfill.Pause;
import dev.kedge.backfill.TailTurn;
import dev.kedge.drift.DriftWatch;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.progress.Progress;
import dev.kedge.synchronous.MoveRounds;
import dev.kedge.throttle.Throttle;
import dev.kedge.throttle.Throttles;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;

/** {@link TailActivities} on PostgreSQL; in this package because a tail hands over. */
public final class PostgresTailActivities implements TailActivities {
  private static final long POLL_MILLIS = 100;

  private final Databases databases;
  private final Throttles throttles = new Throttles();

  public PostgresTailActivities(Databases databases) {
    this.databases = databases;
  }

  @Override
  public TailResult followTail(TailRequest request) {
    MoveScope move = request.move();
    try {
      Database database = databases.get(move.scope().database());
      long migration = Migrations.current(database, move.scope());
      Handover handover = new Handover(database, move, migration, Handover.HOLD);
      Flip flip = new Flip(database, move, migration, Handover.HOLD);
      Settle settle = new Settle(database, move, migration);
      return new TailTurn(
              database,
              move,
              migration,
              new MoveRounds(database, move, migration),
              look -> turnover(look, handover, flip, settle).attempt(look),
              heartbeat(database, move, migration))
          .run(request.budget());
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "following " + move.move().source());
    } catch (ApplicationFailure e) {
      if (e.getType().equals(Failures.FENCED)) {
        return new TailResult(Outcome.FENCED, 0, 0);
      }
      throw e;
    }
  }

  @Override
  public TailResult watchGuards(TailRequest request) {
    MoveScope move = request.move();
    long until = System.nanoTime() + request.budget().toNanos();
    try {
      Database database = databases.get(move.scope().database());
      long migration = Migrations.current(database, move.scope());
      Heartbeat heartbeat = heartbeat(database, move, migration);
      while (System.nanoTime() - until < 0) {
        if (heartbeat.beat()) {
          Migrations.current(database, move.scope());
        }
        Pause.millis(POLL_MILLIS);
      }
      return new TailResult(Outcome.BUDGET, 0, 0);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "watching the guards of " + move.scope().migration());
    } catch (ApplicationFailure e) {
      if (e.getType().equals(Failures.FENCED)) {
        return new TailResult(Outcome.FENCED, 0, 0);
      }
      throw e;
    }
  }

  private static TailTurn.Turnover turnover(
      TailRow.Look look, TailTurn.Turnover handover, TailTurn.Turnover flip, Settle settle) {
    if (look.wanted() != null) {
      return handover;
    }
    return look.synchronous() ? settle : flip;
  }

  @Override
  public void awaitCaughtUp(MoveScope request) {
    try {
      Database database = databases.get(request.scope().database());
      long migration = Migrations.current(database, request.scope());
      Heartbeat heartbeat = heartbeat(database, request, migration);
      TailRow tail = new TailRow(request, migration);
      while (!tail.caughtUp(database, request.move().chunk())) {
        heartbeat.beat();
        Pause.millis(POLL_MILLIS);
      }
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "waiting for the tail of " + request.move().source());
    }
  }

  // A tail bounds the lag and is never slowed down; but it looks after the guards, at gates too.
  private Heartbeat heartbeat(Database database, MoveScope move, long migration)
      throws SQLException {
    Throttle throttle = throttles.alone(database, move, migration);
    DriftWatch drift = drift(database, move, migration);
    return Heartbeat.ofActivity(
        () -> {
          throttle.attend();
          if (!move.unguarded()) {
            drift.attend();
          }
          return Progress.sample(database, move, migration, null);
        });
  }

  // A round looks after a copy's triggers; in place there is none.
  private static DriftWatch drift(Database database, MoveScope move, long migration) {
    DriftWatch watch = new DriftWatch(database, move, migration);
    return move.move().kind() == MovePlan.Kind.COPY
        ? watch
        : watch.and(
            sql -> {
              InPlaceCapture.check(sql, move);
              return "";
            });
  }
}
