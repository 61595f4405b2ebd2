package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Pair;
import java.util.List;

/** {@link CopyPk} at a fifth of the rows, at all of them, and at four times as many. */
final class Growth implements Benchmark {
  private static final int LANES = 1;
  private static final int FIFTH = 5;
  private static final int TIMES = 4;

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public String what() {
    return "copy-pk at a fifth of the rows, at all and at four times as many: how far apart its ratios"
        + " are";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    double least = Double.MAX_VALUE;
    double most = 0;
    for (long each : List.of(Math.max(1, rows / FIFTH), rows, rows * TIMES)) {
      double ratio = ratio(bench, each);
      least = Math.min(least, ratio);
      most = Math.max(most, ratio);
    }
    bench.figure(name(), 100 * (most / least - 1), "%", Goal.atMost(15));
  }

  private double ratio(Bench bench, long rows) throws Exception {
    try (BenchDatabase database = bench.database()) {
      Orders.load(database, rows);
      Pair pair = CopyPk.measure(bench, database, rows, LANES);
      bench.ratio(
          name() + "-" + rows, pair.ourRates(rows), pair.limitRates(rows), "rows/s", Goal.NONE);
      return pair.ourRates(rows).median() / pair.limitRates(rows).median();
    }
  }
}
