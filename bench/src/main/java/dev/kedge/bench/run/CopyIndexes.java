package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Pair;
import dev.kedge.bench.measure.Sample;

/** One lane into a table that is to have three indexes more, and their building. */
final class CopyIndexes implements Benchmark {
  private static final int LANES = 1;

  @Override
  public String name() {
    return "copy-indexes";
  }

  @Override
  public String what() {
    return "one lane and the rebuilding of indexes, against one INSERT … SELECT into a table with its"
        + " key and three indexes";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    Pair pair =
        bench.interleave(
            number -> limit(bench, database, rows), number -> ours(bench, database, rows));
    bench.rates(name(), rows, pair, Goal.atLeast(2.0));
  }

  private static Sample limit(Bench bench, BenchDatabase database, long rows) throws Exception {
    database.execute(Orders.target("orders_limit"));
    database.execute(Orders.indexes("orders_limit"));
    Sample sample =
        bench.timed(database, () -> database.execute(Orders.insertSelect("orders_limit")));
    CopyPk.expect(database, "orders_limit", rows);
    return sample;
  }

  private static Sample ours(Bench bench, BenchDatabase database, long rows) throws Exception {
    Sample sample;
    String spec = Orders.spec("orders_new", true, LANES, CopyPk.CHUNK);
    try (Engine engine = Engine.open(database, spec)) {
      engine.expand();
      sample = bench.timed(database, engine::defer);
      engine.capture();
      sample =
          sample.plus(
              bench.timed(
                  database,
                  () -> {
                    engine.fill(LANES);
                    engine.restore();
                  }));
    }
    expectIndexes(database);
    CopyPk.expect(database, "orders_new", rows);
    return sample;
  }

  private static void expectIndexes(BenchDatabase database) throws Exception {
    long valid =
        database.number(
            "SELECT count(*) FROM pg_index WHERE indrelid = 'orders_new'::regclass AND indisvalid");
    if (valid != Orders.indexes("").length + 1) {
      throw new IllegalStateException("orders_new has " + valid + " indexes");
    }
  }
}
