package dev.kedge.bench.run;

import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import dev.kedge.plan.Phase;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** How long Kedge still commits after somebody sent it a pause, again and again. */
final class PauseLatency implements Benchmark {
  private static final int PAUSES = 20;
  private static final int LANES = 1;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
  private static final int LEAST_MILLIS = 150;
  private static final int MOST_MILLIS = 400;
  private static final long SEED = 5;
  private static final int PAGE = 8_192;
  // More than a chunk that is under way has.
  private static final long PAGES_OF_CHUNKS = 8_000;

  @Override
  public String name() {
    return "pause";
  }

  @Override
  public String what() {
    return "from the signal `pause` to the last commit of a chunk, through the workflow";
  }

  @Override
  public void run(Bench bench) throws Exception {
    long rows = bench.rows(CopyPk.ROWS);
    BenchDatabase database = bench.database(Map.of("track_commit_timestamp", "on"));
    Orders.load(database, rows);
    Found found = new Found();
    try (Product product = Product.open(database)) {
      for (int number = 1; found.millis.size() < PAUSES; number++) {
        walk(bench, product, database, "orders_new_" + number, found);
      }
    }
    bench.figure(name(), new Series(found.millis), "ms", Goal.NONE);
    bench.figure(name() + "-max", new Series(found.millis).max(), "ms");
    bench.figure(name() + "-chunk", new Series(found.chunkMillis), "ms", Goal.NONE);
    bench.figure(name() + "-chunks", new Series(found.chunks), "chunks", Goal.atMost(1));
    bench.figure(name() + "-chunks-max", new Series(found.chunks).max(), "chunks", Goal.atMost(1));
    bench.figure(name() + "-answer", new Series(found.answers), "ms", Goal.NONE);
  }

  /** What the pauses came to. */
  private static final class Found {
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<Double> millis = new ArrayList<>();
    private final List<Double> chunks = new ArrayList<>();
    private final List<Double> chunkMillis = new ArrayList<>();
    private final List<Double> answers = new ArrayList<>();

    boolean enough() {
      return millis.size() >= PAUSES;
    }
  }

  /** One backfill, paused as often as it takes. */
  private static void walk(
      Bench bench, Product product, BenchDatabase database, String table, Found found)
      throws Exception {
    MigrationWorkflow workflow = product.start(Orders.spec(table, false, LANES, CopyPk.CHUNK));
    while (!found.enough() && awaitCopying(database, workflow, table)) {
      Thread.sleep(found.random.nextInt(LEAST_MILLIS, MOST_MILLIS));
      if (!pause(bench, database, workflow, table, found)) {
        break;
      }
      workflow.resume(null);
      Product.await(workflow, LOOK_AGAIN, status -> status.state() != State.PAUSED);
    }
    Product.abort(workflow);
    database.execute("DROP TABLE " + table);
  }

  /** False when it is over before. */
  private static boolean awaitCopying(
      BenchDatabase database, MigrationWorkflow workflow, String table)
      throws SQLException, InterruptedException {
    long before = size(database, table);
    while (size(database, table) == before) {
      if (workflow.status().phase().compareTo(Phase.BACKFILL) > 0) {
        return false;
      }
      Thread.sleep(LOOK_AGAIN.toMillis());
    }
    return true;
  }

  private static long size(BenchDatabase database, String table) throws SQLException {
    return database.number(
        "SELECT coalesce(pg_relation_size(to_regclass('%s')), 0)".formatted(table));
  }

  /** False when the backfill was over. */
  private static boolean pause(
      Bench bench, BenchDatabase database, MigrationWorkflow workflow, String table, Found found)
      throws SQLException, InterruptedException {
    long page = Math.max(0, size(database, table) / PAGE - PAGES_OF_CHUNKS);
    String asked = database.text("SELECT clock_timestamp()");
    long begun = System.nanoTime();
    workflow.pause(null);
    MigrationStatus status =
        Product.await(workflow, LOOK_AGAIN, now -> now.state() == State.PAUSED);
    if (status.phase() != Phase.BACKFILL) {
      return false;
    }
    double answer = (System.nanoTime() - begun) / 1e6;
    Commits commits = commits(database, table, page, asked);
    found.answers.add(answer);
    found.millis.add(commits.lastMillis());
    found.chunks.add((double) commits.after());
    if (commits.gapMillis() != null) {
      found.chunkMillis.add(commits.gapMillis());
    }
    bench.say("%d chunks in %.0f ms", commits.after(), commits.lastMillis());
    return true;
  }

  /**
   * Chunks that committed after a moment.
   *
   * @param after how many
   * @param lastMillis how long after it the last one did; 0 when none
   * @param gapMillis the usual time from one chunk's commit to the next; null when unknown
   */
  private record Commits(long after, double lastMillis, @Nullable Double gapMillis) {}

  private static Commits commits(BenchDatabase database, String table, long page, String asked)
      throws SQLException {
    String row =
        database.text(
            """
            WITH chunk AS (
              SELECT pg_xact_commit_timestamp(t.xmin) AS at
              FROM %1$s t
              WHERE t.ctid >= '(%2$d,0)'::tid
              GROUP BY t.xmin::text, 1
            ),
            gap AS (SELECT at, at - lag(at) OVER (ORDER BY at) AS gap FROM chunk)
            SELECT format('%%s %%s %%s', count(*) FILTER (WHERE at > '%3$s'),
              coalesce(extract(epoch FROM max(at) FILTER (WHERE at > '%3$s') - '%3$s') * 1000, 0),
              extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)) * 1000)
            FROM gap"""
                .formatted(table, page, asked));
    String[] words = row.split(" ", -1);
    return new Commits(
        Long.parseLong(words[0]),
        Double.parseDouble(words[1].toLowerCase(Locale.ROOT)),
        words[2].isEmpty() ? null : Double.valueOf(words[2]));
  }
}
