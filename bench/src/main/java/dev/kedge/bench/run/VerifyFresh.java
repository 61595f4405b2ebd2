package dev.kedge.bench.run;

import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.bench.application.JdbcLoad;
import dev.kedge.bench.application.Load;
import dev.kedge.bench.application.Pgbench;
import dev.kedge.bench.application.TpcB;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What it costs to keep a compare of pgbench's accounts fresh while pgbench runs: rounds at two
 * rates of it over a table, and the same over one four times as large. A round is to go with what
 * changed, a whole compare with the table.
 */
final class VerifyFresh implements Benchmark {
  private static final long ACCOUNTS = 1_000_000;
  private static final int[] SIZES = {1, 4};
  private static final int[] PER_SECOND = {100, 400};
  private static final int SESSIONS = 4;
  private static final int LANES = 2;
  private static final int ROUNDS = 10;
  private static final int BETWEEN_SECONDS = 3;

  // The first round after a start has what was captured before it; pgbench outlasts the last one.
  private static final int TO_BEGIN_SECONDS = 2;
  private static final int TO_END_SECONDS = 5;

  @Override
  public String name() {
    return "verify-fresh";
  }

  @Override
  public String what() {
    return "a round that keeps a compare fresh beside pgbench at two rates, over a table and over one"
        + " four times as large";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(ACCOUNTS);
    List<Size> sizes = new ArrayList<>();
    for (int times : SIZES) {
      sizes.add(size(bench, rows * times, times));
    }
    for (int i = 0; i < PER_SECOND.length; i++) {
      bench.ratio(
          name() + "-growth-" + PER_SECOND[i],
          sizes.get(1).rounds().get(i),
          sizes.get(0).rounds().get(i),
          "ms",
          Goal.atMost(1.5));
    }
    bench.ratio(
        name() + "-growth-whole", sizes.get(1).whole(), sizes.get(0).whole(), "s", Goal.NONE);
  }

  /**
   * What was measured over a table of one size.
   *
   * @param whole seconds of a whole compare
   * @param rounds milliseconds of each round, a series for each rate of pgbench
   */
  private record Size(Series whole, List<Series> rounds) {}

  private Size size(Bench bench, long rows, int times) throws Exception {
    int branches = (int) Math.max(1, rows / TpcB.ACCOUNTS_OF_A_BRANCH);
    try (BenchDatabase database = bench.database()) {
      TpcB.load(database, branches);
      try (Engine engine = Engine.open(database, Copying.spec(LANES))) {
        engine.prepare();
        engine.fill(LANES);
        engine.restore();
        database.execute("VACUUM (FREEZE, ANALYZE)");
        Series whole = Series.of(seconds(() -> compare(engine)));
        bench.figure(name() + "-whole-" + times + "x", whole, "s", Goal.NONE);
        Load load =
            Pgbench.find(database.url(), SESSIONS)
                .orElseGet(() -> new JdbcLoad(database, SESSIONS, branches));
        bench.say("%,d rows, by %s", rows, load.name());
        List<Series> rounds = new ArrayList<>();
        for (int perSecond : PER_SECOND) {
          rounds.add(beside(bench, database, engine, load, perSecond, times));
        }
        return new Size(whole, rounds);
      }
    }
  }

  private Series beside(
      Bench bench, BenchDatabase database, Engine engine, Load load, int perSecond, int times)
      throws Exception {
    String figure = name() + "-pgbench-" + times + "x-" + perSecond;
    CompletableFuture<List<Double>> application =
        CompletableFuture.supplyAsync(() -> run(load, perSecond));
    TimeUnit.SECONDS.sleep(TO_BEGIN_SECONDS);
    Fresh.round(engine);
    List<Double> millis = new ArrayList<>();
    List<Double> keys = new ArrayList<>();
    long before = Fresh.captured(database);
    for (int i = 0; i < ROUNDS; i++) {
      TimeUnit.SECONDS.sleep(BETWEEN_SECONDS);
      millis.add(1e3 * seconds(() -> Fresh.round(engine)));
      long now = Fresh.captured(database);
      keys.add((double) (now - before));
      before = now;
    }
    Series rounds = new Series(millis);
    bench.figure(figure, rounds, "ms", Goal.NONE);
    bench.figure(figure + "-keys", new Series(keys), "keys", Goal.NONE);
    Series transactions = new Series(application.get());
    bench.figure(figure + "-p99", transactions.percentile(99), "ms");
    return rounds;
  }

  private static List<Double> run(Load load, int perSecond) {
    try {
      return load.run(perSecond, TO_BEGIN_SECONDS + ROUNDS * BETWEEN_SECONDS + TO_END_SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static double seconds(Bench.Body body) throws Exception {
    long begun = System.nanoTime();
    body.run();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static void compare(Engine engine) {
    Comparison found = engine.activities(ReconcileActivities.class).compareMove(engine.move());
    if (found.unproven() != 0) {
      throw new IllegalStateException("compared, and found: " + found);
    }
  }
}
