package dev.kedge.bench.run;

import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Sample;
import dev.kedge.bench.measure.Series;
import java.util.ArrayList;
import java.util.List;

/** The whole compare of a copied table of five columns, both directions, by value. */
final class Verify implements Benchmark {
  private static final int LANES = 1;

  @Override
  public String name() {
    return "verify";
  }

  @Override
  public String what() {
    return "a whole compare of both sides, by value, of five columns, by one session";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    String spec = Orders.spec("orders_new", false, LANES, CopyPk.CHUNK);
    try (Engine engine = Engine.open(database, spec)) {
      engine.prepare();
      engine.fill(LANES);
      engine.restore();
      measure(bench, database, engine, rows);
    }
  }

  private void measure(Bench bench, BenchDatabase database, Engine engine, long rows)
      throws Exception {
    List<Double> seconds = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int i = 0; i < bench.runs(); i++) {
      Sample sample = bench.timed(database, () -> compare(engine, rows));
      seconds.add(sample.seconds() / rows * 1e6);
      cpu.add(sample.cpuSeconds() / rows * 1e6);
      bench.say("%.2f s", sample.seconds());
    }
    bench.figure(name(), new Series(seconds), "s/Mrow", Goal.atMost(0.7));
    if (database.server().isLocal()) {
      bench.figure(name() + "-cpu", new Series(cpu), "s/Mrow", Goal.NONE);
    }
  }

  private static void compare(Engine engine, long rows) {
    Comparison found = engine.activities(ReconcileActivities.class).compareMove(engine.move());
    if (found.unproven() != 0 || found.comparedRows() != rows) {
      throw new IllegalStateException("compared, and found: " + found);
    }
  }
}
