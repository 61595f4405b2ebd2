package dev.kedge.bench.run;

import dev.kedge.bench.history.Family;
import dev.kedge.bench.history.LongWalk;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How fast histories grow: the events of all workflows of a migration in each hour of a backfill
 * with four lanes, a tail beside them, then of a window of stability as long. Both for thirty days,
 * on a server that skips them.
 */
final class History implements Benchmark {
  private static final int DAYS = 30;
  private static final int LANES = 4;
  private static final int TOLD = 8;
  private static final Goal AN_HOUR = Goal.atMost(250);

  @Override
  public String name() {
    return "history";
  }

  @Override
  public String what() {
    return "events an hour of all workflows of a migration, and of its longest run in thirty days";
  }

  @Override
  public void run(Bench bench) throws Exception {
    int days = (int) Math.max(1, Math.min(DAYS, bench.rows(DAYS)));
    Duration length = Duration.ofDays(days);
    try (LongWalk walk = new LongWalk(plan(bench, days), length, LANES)) {
      walk.passThrough(Phase.BACKFILL, length.multipliedBy(2));
      long backfilled = walk.nowMillis();
      walk.passThrough(Phase.STABILITY, length.multipliedBy(2));
      long stood = walk.nowMillis();
      walk.end();
      tell(bench, walk.family(), backfilled, stood, days);
    }
  }

  // The hours in which one gives way to the other are no hours of either.
  private void tell(Bench bench, Family family, long backfilled, long stood, int days) {
    long begun = family.beganMillis("BackfillWorkflow");
    List<Double> backfill = family.hourly(begun, days * 24 - 1);
    worst(bench, family, begun, backfill);
    int hours = (int) Duration.ofMillis(stood - backfilled).toHours();
    List<Double> standing = family.hourly(backfilled, hours).subList(1, hours - 7);
    bench.figure(name(), new Series(backfill), "events/h", AN_HOUR);
    bench.figure(name() + "-most", new Series(backfill).max(), "events/h", AN_HOUR);
    bench.figure(name() + "-stability", new Series(standing), "events/h", Goal.NONE);
    bench.figure(name() + "-longest-run", family.longest(), "events", Goal.atMost(10_000));
    bench.figure(name() + "-runs", family.runs().size(), "runs");
  }

  /** What is in the hours with the most events, beside one as most are. */
  private static void worst(Bench bench, Family family, long begun, List<Double> hourly) {
    List<Integer> byEvents =
        IntStream.range(0, hourly.size())
            .boxed()
            .sorted(Comparator.comparing((Integer hour) -> hourly.get(hour)).reversed())
            .toList();
    List<Integer> told = new ArrayList<>(byEvents.subList(0, Math.min(TOLD, byEvents.size())));
    told.add(byEvents.get(byEvents.size() / 2));
    for (int hour : told) {
      bench.say("hour %d: %.0f events: %s", hour, hourly.get(hour), family.of(begun, hour));
    }
  }

  private static Plan plan(Bench bench, int days) throws Exception {
    BenchDatabase database = bench.database();
    Orders.load(database, 10);
    String spec =
        Orders.spec("orders_new", true, LANES, "50ms")
            + """
            cutover: { stability: %dh }
            approvals:
              reads: { count: 0 }
              writes: { count: 0 }
              contract: { count: 0 }
            """
                .formatted(days * 24);
    try (Engine engine = Engine.open(database, spec)) {
      return engine.plan();
    }
  }
}
