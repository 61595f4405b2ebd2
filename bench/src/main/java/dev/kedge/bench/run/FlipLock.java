package dev.kedge.bench.run;

import dev.kedge.activity.CutoverActivities;
import dev.kedge.activity.CutoverActivities.FlipResult;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.bench.application.Writers;
import dev.kedge.bench.measure.Bench;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Benchmark;
import dev.kedge.bench.measure.Goal;
import dev.kedge.bench.measure.Series;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How long a writer waits at most when the writing side changes, and when the target is made to
 * follow synchronously: of every handover and every flip the longest wait of any of the writers
 * that were under way, also while one statement changes very many rows. And how long a TRUNCATE of
 * the application waits for the tail behind such a statement.
 */
final class FlipLock implements Benchmark {
  private static final long BULK = 1_000_000;
  private static final long WRITERS_ROWS = 100_000;
  private static final int SESSIONS = 8;
  private static final int PER_SECOND = 2_000;
  private static final int MOST_TURNS = 200;
  private static final int ROWS_A_TURN = 5_000;
  private static final Duration LONGEST = Duration.ofMinutes(2);
  // A lock_timeout of 100 ms, then 50 ms under the lock.
  private static final double NEVER_MORE = 150;
  private static final Goal SHORT = Goal.atMost(50);
  private static final String LONG_ROUNDS =
      """
      SELECT count(*)
      FROM pg_locks l
      JOIN pg_stat_activity a USING (pid)
      WHERE l.relation = 'accounts'::regclass AND l.mode = 'AccessShareLock' AND l.granted
        AND a.application_name LIKE 'kedge:%' AND now() - a.xact_start > '100 ms'""";

  @Override
  public String name() {
    return "flip-lock";
  }

  @Override
  public String what() {
    return "the longest wait of a writer at a handover and at a flip, 2000 writes a second";
  }

  /** A change under the lock, and when. */
  private record Turn(
      String kind,
      long from,
      long to,
      int attempts,
      @Nullable Long holdMillis,
      @Nullable Long keys) {}

  @Override
  public void run(Bench bench) throws Exception {
    long bulk = bench.rows(BULK);
    int number = (int) Math.max(2, Math.min(MOST_TURNS, bulk / ROWS_A_TURN));
    BenchDatabase database = bench.database();
    Accounts.load(database, bulk + Math.min(bulk, WRITERS_ROWS));
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Engine engine = Engine.open(database, Accounts.spec())) {
      engine.prepare();
      engine.fill(2);
      engine.restore();
      turns(bench, engine, database, bulk, number);
      whileBulk(bench, engine, database, bulk, threads, "handover");
      handOver(engine, false);
      truncate(bench, database, bulk);
      whileBulk(bench, engine, database, bulk, threads, "flip");
    } finally {
      threads.shutdownNow();
    }
  }

  private static Writers writers(BenchDatabase database, long bulk) throws SQLException {
    return new Writers(
        database, Accounts.sides(), SESSIONS, PER_SECOND, Math.min(bulk, WRITERS_ROWS), bulk);
  }

  private void turns(Bench bench, Engine engine, BenchDatabase database, long bulk, int number)
      throws Exception {
    List<Turn> turns = new ArrayList<>();
    Writers writers = writers(database, bulk);
    long from = System.nanoTime();
    try (writers) {
      TimeUnit.SECONDS.sleep(number < MOST_TURNS ? 1 : 5);
      long quiet = System.nanoTime();
      turns.add(new Turn("none", from, quiet, 0, null, null));
      // On a machine that is too slow for all of them, fewer, and it says how many.
      for (int i = 0; i < number && System.nanoTime() - quiet < LONGEST.toNanos(); i++) {
        turns.add(flip(engine));
        turns.add(handOver(engine, true));
        turns.add(handOver(engine, false));
      }
    }
    double seconds = (System.nanoTime() - from) / 1e9;
    bench.figure(name() + "-writes", writers.writes() / seconds, "writes/s");
    bench.figure(name() + "-errors", (double) writers.errors(), "errors", Goal.atMost(0));
    if (writers.errors() > 0) {
      bench.say("the writers met an error: %s", writers.error());
    }
    tell(bench, writers, turns);
  }

  private void tell(Bench bench, Writers writers, List<Turn> turns) {
    Turn quiet = turns.get(0);
    bench.figure(
        name() + "-quiet-p99",
        new Series(writers.millis(quiet.from(), quiet.to())).percentile(99),
        "ms");
    for (String kind : List.of("handover", "flip")) {
      List<Turn> those = turns.stream().filter(turn -> turn.kind().equals(kind)).toList();
      Series waits =
          new Series(
              those.stream().map(turn -> writers.longestMillis(turn.from(), turn.to())).toList());
      String figure = name() + "-" + kind;
      bench.figure(figure + "-p50", waits.median(), "ms");
      bench.figure(figure + "-p99", waits.percentile(99), "ms", SHORT);
      bench.figure(figure + "-max", waits.max(), "ms", Goal.atMost(NEVER_MORE));
      bench.figure(figure + "-number", those.size(), "turns");
      bench.figure(figure + "-attempts", attempts(those), "attempts");
      bench.figure(figure + "-hold", known(those, Turn::holdMillis), "ms", Goal.NONE);
      bench.figure(figure + "-keys", known(those, Turn::keys), "keys", Goal.NONE);
    }
  }

  // A tail counts on while its turn lasts: of all it made the last one knows.
  private static int attempts(List<Turn> turns) {
    int before = 0;
    int sum = 0;
    for (Turn turn : turns) {
      sum += turn.attempts() > before ? turn.attempts() - before : turn.attempts();
      before = turn.attempts();
    }
    return sum;
  }

  // What was not noted in time is unknown, not 0.
  private static Series known(List<Turn> turns, Function<Turn, @Nullable Long> value) {
    return new Series(
        turns.stream().map(value).filter(Objects::nonNull).map(Long::doubleValue).toList());
  }

  /** A bulk statement begins, then the lock is asked for, which has to wait for its keys. */
  private void whileBulk(
      Bench bench,
      Engine engine,
      BenchDatabase database,
      long bulk,
      ExecutorService threads,
      String kind)
      throws Exception {
    String figure = name() + "-bulk-" + kind;
    Writers writers = writers(database, bulk);
    long from = System.nanoTime();
    Turn turn;
    try (writers) {
      Future<Double> statement = threads.submit(() -> seconds(database, Accounts.bulk(bulk)));
      TimeUnit.MILLISECONDS.sleep(200);
      turn = kind.equals("flip") ? flip(engine) : handOver(engine, true);
      bench.figure(figure + "-statement", statement.get(), "s");
    }
    bench.figure(figure + "-seconds", (turn.to() - from) / 1e9, "s");
    Series waits = new Series(writers.millis(from, turn.to()));
    bench.figure(figure + "-p99", waits.percentile(99), "ms", SHORT);
    bench.figure(figure + "-max", waits.max(), "ms", Goal.atMost(NEVER_MORE));
  }

  /**
   * Behind a bulk statement, in the middle of the round that applies it; taken back again. Whoever
   * comes after it waits as long.
   */
  private void truncate(Bench bench, BenchDatabase database, long bulk) throws Exception {
    seconds(database, Accounts.bulk(bulk));
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (database.number(LONG_ROUNDS) == 0 && System.nanoTime() - patience < 0) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    double seconds = seconds(database, "BEGIN; TRUNCATE accounts; ROLLBACK");
    bench.figure(name() + "-truncate", 1e3 * seconds, "ms");
  }

  private static double seconds(BenchDatabase database, String statement) throws SQLException {
    long begun = System.nanoTime();
    database.execute(statement);
    return (System.nanoTime() - begun) / 1e9;
  }

  private static Turn flip(Engine engine) {
    long from = System.nanoTime();
    FlipResult result = engine.activities(CutoverActivities.class).flip(engine.move());
    return new Turn(
        "flip", from, System.nanoTime(), result.attempts(), result.holdMillis(), result.keys());
  }

  private static Turn handOver(Engine engine, boolean over) {
    CutoverActivities cutover = engine.activities(CutoverActivities.class);
    long from = System.nanoTime();
    HandoverResult result =
        over ? cutover.handOver(engine.move()) : cutover.handBack(engine.move());
    return new Turn(
        "handover", from, System.nanoTime(), result.attempts(), result.holdMillis(), result.keys());
  }
}
