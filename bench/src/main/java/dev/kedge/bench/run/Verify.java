package dev.kedge.bench.run;

import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Sample;
import dev.kedge.bench.measure.Series;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole compare of a copied table of five columns, both directions, by value, by one lane;
 * beside it what no compare can do without, a count of both sides, and what one writes by hand, a
 * full outer join.
 */
final class Verify implements Benchmark {
  private static final int LANES = 1;

  // One session each, like ours.
  private static final String ALONE = "SET max_parallel_workers_per_gather = 0; SET jit = off";
  private static final String COUNT =
      "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM orders_new)";
  private static final String FULL_JOIN =
      """
      SELECT count(*)
      FROM (SELECT id, %s AS status, %s AS amount, %s AS code, note FROM orders) o
      FULL JOIN orders_new n ON n.id = o.id
      WHERE o.id IS NULL OR n.id IS NULL OR o.status IS DISTINCT FROM n.status
        OR o.amount IS DISTINCT FROM n.amount OR o.code IS DISTINCT FROM n.code
        OR o.note IS DISTINCT FROM n.note"""
          .formatted(Orders.STATUS, Orders.AMOUNT, Orders.CODE);

  @Override
  public String name() {
    return "verify";
  }

  @Override
  public String what() {
    return "a whole compare of both sides, by value, of five columns, by one lane, against a count"
        + " of both and against a full outer join by hand; and what it costs to keep it fresh";
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
      database.execute("VACUUM (FREEZE, ANALYZE) orders_new");
      measure(bench, database, engine, rows);
      Fresh.measure(bench, database, engine, rows);
    }
  }

  private void measure(Bench bench, BenchDatabase database, Engine engine, long rows)
      throws Exception {
    List<Sample> count = new ArrayList<>();
    List<Sample> byHand = new ArrayList<>();
    List<Sample> ours = new ArrayList<>();
    for (int i = 0; i < bench.runs(); i++) {
      count.add(bench.timed(database, () -> expect(database, COUNT, 2 * rows)));
      byHand.add(bench.timed(database, () -> expect(database, FULL_JOIN, 0)));
      ours.add(bench.timed(database, () -> compare(engine, rows)));
      bench.say(
          "count %.2f s, full join %.2f s, ours %.2f s",
          count.get(i).seconds(), byHand.get(i).seconds(), ours.get(i).seconds());
    }
    Series seconds = seconds(ours, rows);
    bench.figure(name(), seconds, "s/Mrow", Goal.atMost(0.7));
    bench.ratio(name() + "-count", seconds, seconds(count, rows), "s/Mrow", Goal.NONE);
    bench.ratio(name() + "-full-join", seconds, seconds(byHand, rows), "s/Mrow", Goal.atMost(1));
    if (database.server().isLocal()) {
      Series cpu = cpu(ours, rows);
      bench.figure(name() + "-cpu", cpu, "s/Mrow", Goal.NONE);
      bench.ratio(name() + "-full-join-cpu", cpu, cpu(byHand, rows), "s/Mrow", Goal.NONE);
    }
  }

  private static Series seconds(List<Sample> samples, long rows) {
    return new Series(samples.stream().map(each -> each.seconds() / rows * 1e6).toList());
  }

  private static Series cpu(List<Sample> samples, long rows) {
    return new Series(samples.stream().map(each -> each.cpuSeconds() / rows * 1e6).toList());
  }

  private static void expect(BenchDatabase database, String query, long wanted)
      throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(ALONE);
      try (ResultSet result = statement.executeQuery(query)) {
        long found = result.next() ? result.getLong(1) : -1;
        if (found != wanted) {
          throw new IllegalStateException(found + " instead of " + wanted);
        }
      }
    }
  }

  private static void compare(Engine engine, long rows) {
    Comparison found = engine.activities(ReconcileActivities.class).compareMove(engine.move());
    if (found.unproven() != 0 || found.comparedRows() != rows) {
      throw new IllegalStateException("compared, and found: " + found);
    }
  }
}
