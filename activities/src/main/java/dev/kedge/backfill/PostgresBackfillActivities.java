package dev.kedge.backfill;

import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.drift.DriftWatch;
import dev.kedge.ledger.Ledger;
import dev.kedge.ledger.Migrations;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.progress.Progress;
import dev.kedge.registry.Timeline;
import dev.kedge.throttle.Throttle;
import dev.kedge.throttle.Throttles;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.function.Function;

/** {@link BackfillActivities} on PostgreSQL, for both kinds of moves. */
public final class PostgresBackfillActivities implements BackfillActivities {
  // What was passed over is tried again. Nothing else is left behind: each chunk sees that the
  // triggers stand, which fill whatever the application writes.
  private static final int PASSES_WITH_QUARANTINE = 2;

  private final Databases databases;
  private final Filler inPlace;
  private final Throttles throttles = new Throttles();

  /** Chunks of moves in place are filled by {@code inPlace}. */
  public PostgresBackfillActivities(Databases databases, Filler inPlace) {
    this.databases = databases;
    this.inPlace = inPlace;
  }

  @Override
  public void deferIndexes(MoveScope request) {
    if (copies(request)) {
      run(request, "deferring indexes of ", () -> indexes(request).defer());
    }
  }

  @Override
  public void restoreIndexes(MoveScope request) {
    if (copies(request)) {
      run(request, "building indexes of ", () -> indexes(request).restore(heartbeat(request)));
    }
  }

  @Override
  public LaneResult fillRanges(LaneRequest request) {
    MoveScope move = request.move();
    try {
      Database database = databases.get(move.scope().database());
      Ledger ledger = Ledger.open(database, move);
      DriftWatch drift = new DriftWatch(database, move, ledger.migration());
      Function<Tally, Heartbeat> pulse =
          tally ->
              Heartbeat.ofActivity(
                  () -> {
                    drift.attend();
                    return Progress.sample(database, move, ledger.migration(), tally.latest());
                  });
      Throttle throttle = throttles.lane(database, move, ledger.migration(), request.lane());
      Lane lane =
          new Lane(
              ledger,
              tally -> work(database, ledger, tally).within(throttle::mostRows),
              pulse,
              throttle,
              request.budget());
      Filler.Beside beside = filler(move).beside(database, ledger);
      try {
        return lane.run();
      } finally {
        beside.close();
      }
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "filling " + move.move().target());
    } catch (ApplicationFailure e) {
      if (e.getType().equals(Failures.FENCED)) {
        return new LaneResult(Outcome.FENCED, 0, 0);
      }
      throw e;
    }
  }

  /** Work that may meet the database's errors. */
  private interface Doing {
    void run() throws SQLException;
  }

  private void run(MoveScope request, String doing, Doing work) {
    try {
      Timeline.check(databases.get(request.scope().database()), request.scope());
      work.run();
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, doing + request.move().target());
    }
  }

  private DeferredIndexes indexes(MoveScope request) {
    return new DeferredIndexes(databases.get(request.scope().database()), request);
  }

  private Heartbeat heartbeat(MoveScope request) throws SQLException {
    Database database = databases.get(request.scope().database());
    long migration = Migrations.current(database, request.scope());
    Throttle throttle = throttles.alone(database, request, migration);
    return Heartbeat.ofActivity(
        () -> {
          throttle.attend();
          return Progress.sample(database, request, migration, null);
        });
  }

  private static boolean copies(MoveScope request) {
    return request.move().kind() == MovePlan.Kind.COPY;
  }

  private Filler filler(MoveScope request) {
    return copies(request) ? new CopyFiller() : inPlace;
  }

  private RangeWork work(Database database, Ledger ledger, Tally tally) {
    boolean copies = copies(ledger.scope());
    boolean again = !copies && ledger.scope().move().quarantine();
    Chunk chunk =
        new Chunk(database, ledger, filler(ledger.scope()), again ? PASSES_WITH_QUARANTINE : 1);
    RangeRound round = copies ? new RangeRound(database, ledger) : null;
    return new RangeWork(ledger, chunk, round, tally, RangeWork.Effort.usual());
  }
}
