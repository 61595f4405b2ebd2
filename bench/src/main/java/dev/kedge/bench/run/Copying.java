package dev.kedge.bench.run;

import dev.kedge.activity.BackfillActivities;
import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.RegistryActivities;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.bench.measure.BenchDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A copy of pgbench's accounts that goes on beside the application until it is ended. */
final class Copying implements AutoCloseable {
  private static final String TARGET = "accounts_copy";
  private static final Duration BUDGET = Duration.ofMinutes(10);

  private final BenchDatabase database;
  private final Engine engine;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<Long>> lanes = new ArrayList<>();
  private final long begun;

  private Copying(BenchDatabase database, Engine engine) {
    this.database = database;
    this.engine = engine;
    this.begun = System.nanoTime();
  }

  /** Captures, and begins to copy; at most so many rows a second, or as many as it can at 0. */
  static Copying begin(BenchDatabase database, int lanes, double rowsPerSecond) {
    Engine engine = Engine.open(database, spec(lanes));
    engine.prepare();
    if (rowsPerSecond > 0) {
      engine
          .activities(RegistryActivities.class)
          .tune(new TuneRequest(engine.scope(), null, null, Math.max(1, (long) rowsPerSecond)));
    }
    Copying copying = new Copying(database, engine);
    for (int i = 1; i <= lanes; i++) {
      int lane = i;
      copying.lanes.add(copying.threads.submit(() -> copying.lane(lane)));
    }
    return copying;
  }

  static String spec(int lanes) {
    return """
        kedge: 1
        migration: accounts-copy
        owner: bench
        database: app
        expand:
          - CREATE TABLE %1$s (aid int PRIMARY KEY, bid int, cents bigint, note text)
        moves:
          - from: pgbench_accounts
            to: %1$s
            columns: { cents: "abalance::bigint * 100", note: rtrim(filler) }
        backfill: { lanes: %2$d, chunk: 50ms }
        """
        .formatted(TARGET, lanes);
  }

  /** When it ended, because it was told to or had nothing left. */
  private long lane(int number) throws InterruptedException {
    BackfillActivities backfill = engine.activities(BackfillActivities.class);
    Outcome outcome = Outcome.BUDGET;
    while (outcome == Outcome.BUDGET || outcome == Outcome.NOTHING_TO_CLAIM) {
      outcome = backfill.fillRanges(new LaneRequest(engine.move(), number, BUDGET)).outcome();
      if (outcome == Outcome.NOTHING_TO_CLAIM) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }
    return System.nanoTime();
  }

  /** Ends it; the rows a second that it copied. */
  double end() throws Exception {
    engine
        .activities(RegistryActivities.class)
        .fence(new FenceRequest(engine.scope(), false, "measured"));
    long ended = begun;
    for (Future<Long> lane : lanes) {
      ended = Math.max(ended, lane.get());
    }
    return database.number("SELECT count(*) FROM " + TARGET) / ((ended - begun) / 1e9);
  }

  @Override
  public void close() throws SQLException {
    threads.shutdownNow();
    engine.close();
    database.execute("DROP TABLE IF EXISTS " + TARGET);
  }
}
