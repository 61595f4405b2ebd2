package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.workflow.MigrationWorkflow;

/** The heap of a worker process, started as {@code kedge worker} is, over whole migrations. */
final class WorkerMemory implements Benchmark {
  private static final int FRACTION = 10;
  private static final int LARGE_VALUES = 12;
  private static final int LARGE_VALUE_MB = 20;
  private static final long SMALL_BESIDE = 20_000;

  @Override
  public String name() {
    return "worker-memory";
  }

  @Override
  public String what() {
    return "heap of a worker with -Xmx256m over a copy and its compare, at a tenth of the rows, at all,"
        + " and with values of 20 MB";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    measure(bench, "small", Math.max(1, rows / FRACTION), false);
    measure(bench, "large", rows, false);
    measure(bench, "values", SMALL_BESIDE, true);
  }

  private void measure(Bench bench, String what, long rows, boolean withLargeValues)
      throws Exception {
    try (BenchDatabase database = bench.database()) {
      Orders.load(database, rows);
      if (withLargeValues) {
        addLargeValues(database, rows);
      }
      WorkerHeap heap = walk(database);
      String name = name() + "-" + what;
      bench.figure(name + "-live", heap.liveMb(), "MB");
      bench.figure(name + "-peak", heap.peakMb(), "MB", Goal.atMost(WorkerProcess.HEAP_MB));
      if (heap.residentMb() > 0) {
        bench.figure(name + "-resident", heap.residentMb(), "MB");
      }
    }
  }

  // Stored as they are: compressed, they would be small on the wire as well.
  private static void addLargeValues(BenchDatabase database, long rows) throws Exception {
    database.execute(
        "ALTER TABLE %s ALTER note SET STORAGE EXTERNAL".formatted(Orders.SOURCE),
        """
        INSERT INTO %s
        SELECT i, 'new', i, 'large', repeat('x', %d)
        FROM generate_series(%d, %d) i"""
            .formatted(Orders.SOURCE, LARGE_VALUE_MB * 1_000_000, rows + 1, rows + LARGE_VALUES));
  }

  private static WorkerHeap walk(BenchDatabase database) throws Exception {
    try (Product product = Product.withoutWorker(database);
        WorkerProcess worker = WorkerProcess.start(product.address(), database.url())) {
      MigrationWorkflow workflow = product.start(Orders.spec("orders_new", false, 1, CopyPk.CHUNK));
      Product.await(workflow, Product::isProven);
      WorkerHeap heap = worker.heap();
      Product.abort(workflow);
      return heap;
    }
  }
}
