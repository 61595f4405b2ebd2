package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Pair;
import dev.kedge.bench.measure.Sample;
import dev.kedge.bench.measure.Series;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A new column filled within its table, and what the table has grown by then. */
final class InPlace implements Benchmark {
  private static final long ROWS = 2_000_000;
  private static final int LANES = 1;
  private static final String SIZE = "SELECT pg_relation_size('%s')";

  @Override
  public String name() {
    return "inplace";
  }

  @Override
  public String what() {
    return "a new column filled in chunks, against one UPDATE; and how much the table has grown";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    List<Double> limitGrowth = new ArrayList<>();
    List<Double> ourGrowth = new ArrayList<>();
    Pair pair =
        bench.interleave(
            number -> limit(bench, database, limitGrowth),
            number -> ours(bench, database, ourGrowth));
    bench.rates(name(), rows, pair, Goal.atLeast(0.9));
    bench.ratio(
        name() + "-bloat", new Series(ourGrowth), new Series(limitGrowth), "%", Goal.atMost(0.5));
  }

  private static Sample limit(Bench bench, BenchDatabase database, List<Double> growth)
      throws Exception {
    String table = "orders_limit";
    Orders.copy(database, table);
    long before = size(database, table);
    database.execute(Orders.addAmount(table));
    Sample sample =
        bench.timed(
            database,
            () -> database.execute("UPDATE %s SET amount = %s".formatted(table, Orders.AMOUNT)));
    end(database, table, before, growth);
    return sample;
  }

  private static Sample ours(Bench bench, BenchDatabase database, List<Double> growth)
      throws Exception {
    String table = "orders_ours";
    Orders.copy(database, table);
    long before = size(database, table);
    Sample sample;
    try (Engine engine = Engine.open(database, Orders.specInPlace(table))) {
      engine.prepare();
      sample = bench.timed(database, () -> engine.fill(LANES));
    }
    end(database, table, before, growth);
    return sample;
  }

  private static void end(BenchDatabase database, String table, long before, List<Double> growth)
      throws SQLException {
    growth.add(100.0 * (size(database, table) - before) / before);
    long wrong =
        database.number(
            "SELECT count(*) FROM %s WHERE amount IS DISTINCT FROM %s"
                .formatted(table, Orders.AMOUNT));
    if (wrong != 0) {
      throw new IllegalStateException("%d rows of %s were not filled".formatted(wrong, table));
    }
    database.execute("DROP TABLE " + table);
  }

  private static long size(BenchDatabase database, String table) throws SQLException {
    return database.number(SIZE.formatted(table));
  }
}
