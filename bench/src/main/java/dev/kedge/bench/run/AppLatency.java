package dev.kedge.bench.run;

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

/**
 * What a copy does to the transactions of an application at a fixed rate: their 99th percentile
 * while nothing is copied, and at several rates of copying, unthrottled first. The table that is
 * copied is the one most of them write.
 */
final class AppLatency implements Benchmark {
  private static final long ACCOUNTS = 5_000_000;
  private static final int SESSIONS = 4;
  private static final int PER_SECOND = 300;
  private static final int SECONDS = 10;
  private static final int LANES = 2;
  // Percent of the rate at which it copies unthrottled.
  private static final int[] PARTS = {50, 35, 22, 10};
  private static final int PROMISED = 22;

  @Override
  public String name() {
    return "app-latency";
  }

  @Override
  public String what() {
    return "p99 of pgbench at a fixed rate while copying, against idle, at several rates of copying";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(ACCOUNTS);
    int branches = (int) Math.max(1, rows / TpcB.ACCOUNTS_OF_A_BRANCH);
    // A smaller table is copied before so long is over.
    int seconds = rows < ACCOUNTS ? 1 : SECONDS;
    BenchDatabase database = bench.database();
    TpcB.load(database, branches);
    Load load =
        Pgbench.find(database.url(), SESSIONS)
            .orElseGet(() -> new JdbcLoad(database, SESSIONS, branches));
    bench.say("%d transactions a second by %s", PER_SECOND, load.name());
    load.run(PER_SECOND, 1);
    Points points = new Points(bench, database, load, seconds);
    points.measure();
  }

  /** One point after another, and what came of them. */
  private final class Points {
    private final Bench bench;
    private final BenchDatabase database;
    private final Load load;
    private final int seconds;
    private final List<Double> idle = new ArrayList<>();

    Points(Bench bench, BenchDatabase database, Load load, int seconds) {
      this.bench = bench;
      this.database = database;
      this.load = load;
      this.seconds = seconds;
    }

    void measure() throws Exception {
      idle();
      double free = copying("free", LANES, 0).rate();
      copying("lane", 1, 0);
      idle();
      double promised = 0;
      for (int part : seconds < SECONDS ? new int[] {PROMISED} : PARTS) {
        Point point = copying(Integer.toString(part), LANES, free * part / 100);
        bench.figure(name() + "-" + part + "-part", 100 * point.rate() / free, "%");
        if (part == PROMISED) {
          promised = point.p99();
        }
      }
      idle();
      Series quiet = new Series(idle);
      bench.figure(name() + "-idle-p99", quiet, "ms", Goal.NONE);
      bench.ratio(name(), Series.of(promised), quiet, "ms", Goal.atMost(2));
    }

    private void idle() throws Exception {
      settle();
      idle.add(new Series(load.run(PER_SECOND, seconds)).percentile(99));
    }

    // A server that has been running for a while writes over WAL files that it has; one that must
    // make a file first fills 16 MB with zeros while every commit waits.
    private void settle() throws Exception {
      database.execute("CHECKPOINT");
    }

    /**
     * @param rowsPerSecond at most; 0 for as many as it can
     */
    private Point copying(String which, int lanes, double rowsPerSecond) throws Exception {
      settle();
      try (Copying copying = Copying.begin(database, lanes, rowsPerSecond)) {
        Series millis = new Series(load.run(PER_SECOND, seconds));
        double rate = copying.end();
        String figure = name() + "-" + which;
        bench.figure(figure + "-rate", rate, "rows/s");
        bench.figure(figure + "-p50", millis.median(), "ms");
        bench.figure(figure + "-p99", millis.percentile(99), "ms");
        return new Point(rate, millis.percentile(99));
      }
    }
  }

  private record Point(double rate, double p99) {}
}
