package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;

/** The same as {@link CopyPk} with two lanes. */
final class CopyLanes implements Benchmark {
  private static final int LANES = 2;

  @Override
  public String name() {
    return "copy-lanes";
  }

  @Override
  public String what() {
    return "two lanes, against one INSERT … SELECT into a table with its key";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    bench.rates(name(), rows, CopyPk.measure(bench, database, rows, LANES), Goal.atLeast(1.3));
  }
}
