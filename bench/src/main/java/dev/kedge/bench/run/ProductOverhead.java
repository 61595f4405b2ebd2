package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Pair;
import dev.kedge.bench.measure.Sample;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import java.util.ArrayList;
import java.util.List;

/**
 * The backfill as people run it, watched once a second, against a loop of the same statements in
 * chunks of the same size.
 */
final class ProductOverhead implements Benchmark {
  private static final int LANES = 1;
  // Every turn of a range is a chunk, but for its first, which takes a snapshot.
  private static final String CHUNKS = "SELECT sum(turn - 1)::bigint FROM kedge.range";

  @Override
  public String name() {
    return "product-overhead";
  }

  @Override
  public String what() {
    return "the backfill's workflow, activities, ledger, heartbeats and status, against a bare loop of"
        + " the same statements";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    BenchDatabase database = bench.database();
    Orders.load(database, rows);
    List<Sample> limit = new ArrayList<>();
    List<Sample> ours = new ArrayList<>();
    try (Product product = Product.open(database)) {
      for (int number = 1; number <= bench.runs(); number++) {
        Measured measured = ours(bench, product, database, rows, number);
        Sample bare = limit(bench, database, rows, Math.max(1, rows / measured.chunks()));
        bench.say(
            "ours %d: %.2f s, %d chunks; limit: %.2f s",
            number, measured.sample().seconds(), measured.chunks(), bare.seconds());
        ours.add(measured.sample());
        limit.add(bare);
      }
    }
    bench.rates(name(), rows, new Pair(limit, ours), Goal.atLeast(0.95));
  }

  private record Measured(Sample sample, long chunks) {}

  private static Measured ours(
      Bench bench, Product product, BenchDatabase database, long rows, int number)
      throws Exception {
    String table = "orders_new_" + number;
    MigrationStatus[] filled = new MigrationStatus[1];
    MigrationWorkflow[] workflow = new MigrationWorkflow[1];
    Sample sample =
        bench.timed(
            database,
            () -> {
              workflow[0] = product.start(Orders.spec(table, false, LANES, CopyPk.CHUNK));
              filled[0] =
                  Product.await(
                      workflow[0],
                      status ->
                          !status.moves().isEmpty() && status.moves().get(0).finishedAt() != null);
            });
    double seconds = product.childSeconds(filled[0], "BackfillWorkflow");
    long chunks = database.number(CHUNKS);
    Product.abort(workflow[0]);
    CopyPk.expect(database, table, rows);
    return new Measured(sample.lasting(seconds), Math.max(1, chunks));
  }

  private static Sample limit(Bench bench, BenchDatabase database, long rows, long rowsPerChunk)
      throws Exception {
    database.execute(Orders.target("orders_limit"));
    BareLoop.prepare(database);
    BareLoop loop = new BareLoop(database, "orders_limit", rowsPerChunk);
    Sample sample = bench.timed(database, loop::run);
    BareLoop.clear(database);
    CopyPk.expect(database, "orders_limit", rows);
    return sample;
  }
}
