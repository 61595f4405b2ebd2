package dev.kedge.bench.run;

import dev.kedge.activity.ReconcileActivities;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.bench.application.Writers;
import dev.kedge.bench.application.Writers.Side;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Sample;
import dev.kedge.bench.measure.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What it costs to keep a compare fresh: a round after so many changed rows, and rounds beside an
 * application that writes. It is to go with what changed; with how many rows the table has, not.
 */
final class Fresh {
  private static final int[] CHANGED = {0, 1_000, 10_000, 100_000};
  private static final int PER_SECOND = 500;
  private static final int SESSIONS = 4;
  private static final int ROUNDS = 10;
  private static final String SET = "UPDATE orders SET cents = cents + 1 WHERE id ";

  // Any row, for they are not of today.
  private static final Side SIDE =
      new Side(
          SET + "= ?",
          "INSERT INTO orders VALUES (?, 'new', 1999, 'c0ffee', 'while it is compared')",
          "DELETE FROM orders WHERE id = ?");

  private Fresh() {}

  static void measure(Bench bench, BenchDatabase database, Engine engine, long rows)
      throws Exception {
    for (int changed : CHANGED) {
      if (changed <= rows) {
        rounds(bench, database, engine, rows, changed);
      }
    }
    beside(bench, database, engine, rows);
  }

  private static void rounds(
      Bench bench, BenchDatabase database, Engine engine, long rows, int changed) throws Exception {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < bench.runs(); i++) {
      if (changed > 0) {
        database.execute(SET + "%% %d = 0".formatted(rows / changed));
      }
      settle(database);
      millis.add(1e3 * bench.timed(database, () -> round(engine)).seconds());
    }
    bench.figure("verify-fresh-" + changed, new Series(millis), "ms", Goal.NONE);
  }

  /** Back to back, as often as a gate asks at most. */
  private static void beside(Bench bench, BenchDatabase database, Engine engine, long rows)
      throws Exception {
    List<Double> millis = new ArrayList<>();
    List<Double> perKey = new ArrayList<>();
    Writers writers = new Writers(database, List.of(SIDE, SIDE), SESSIONS, PER_SECOND, rows, 0);
    try (writers) {
      long before = captured(database);
      for (int i = 0; i < ROUNDS; i++) {
        TimeUnit.SECONDS.sleep(1);
        Sample sample = bench.timed(database, () -> round(engine));
        long now = captured(database);
        millis.add(1e3 * sample.seconds());
        perKey.add(1e6 * sample.seconds() / Math.max(1, now - before));
        before = now;
      }
    }
    bench.figure("verify-fresh-beside", new Series(millis), "ms", Goal.NONE);
    bench.figure("verify-fresh-beside-key", new Series(perKey), "us/key", Goal.NONE);
    bench.figure("verify-fresh-beside-errors", (double) writers.errors(), "errors", Goal.atMost(0));
  }

  static long captured(BenchDatabase database) throws Exception {
    return database.number("SELECT last_value FROM kedge.log_1_1_n_seq");
  }

  // The tail's rounds cost what they cost; this is about ours.
  private static void settle(BenchDatabase database) throws Exception {
    String pending =
        """
        SELECT count(*)
        FROM kedge.log_1_1 l, kedge.tail t
        WHERE NOT pg_visible_in_snapshot(l.xid, t.applied)""";
    while (database.number(pending) > 0) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  static void round(Engine engine) {
    Comparison found = engine.activities(ReconcileActivities.class).compareCaptured(engine.move());
    if (found.unproven() != 0) {
      throw new IllegalStateException("compared, and found: " + found);
    }
  }
}
