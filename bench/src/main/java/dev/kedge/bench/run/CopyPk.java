package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Pair;
import dev.kedge.bench.measure.Sample;
import java.sql.SQLException;

/** One lane into a table with its key, the tail beside it. */
final class CopyPk implements Benchmark {
  static final long ROWS = 5_000_000;
  static final String CHUNK = "100ms";

  @Override
  public String name() {
    return "copy-pk";
  }

  @Override
  public String what() {
    return "one lane, a checkpoint a chunk, against one INSERT … SELECT into a table with its key";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    bench.rates(name(), rows, measure(bench, database, rows, 1), Goal.atLeast(1.0));
  }

  /** Both ways, each into a fresh table. */
  static Pair measure(Bench bench, BenchDatabase database, long rows, int lanes) throws Exception {
    return bench.interleave(
        number -> limit(bench, database, rows), number -> ours(bench, database, rows, lanes));
  }

  private static Sample limit(Bench bench, BenchDatabase database, long rows) throws Exception {
    database.execute(Orders.target("orders_limit"));
    Sample sample =
        bench.timed(database, () -> database.execute(Orders.insertSelect("orders_limit")));
    expect(database, "orders_limit", rows);
    return sample;
  }

  private static Sample ours(Bench bench, BenchDatabase database, long rows, int lanes)
      throws Exception {
    Sample sample;
    try (Engine engine = Engine.open(database, Orders.spec("orders_new", false, lanes, CHUNK))) {
      engine.prepare();
      sample = bench.timed(database, () -> engine.fill(lanes));
    }
    expect(database, "orders_new", rows);
    return sample;
  }

  /** A table that is short of rows was not filled faster. */
  static void expect(BenchDatabase database, String table, long rows) throws SQLException {
    long found = database.number("SELECT count(*) FROM " + table);
    database.execute("DROP TABLE " + table);
    if (found != rows) {
      throw new IllegalStateException("%s has %d rows of %d".formatted(table, found, rows));
    }
  }
}
