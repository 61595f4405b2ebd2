package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.registry.PostgresRegistryActivities;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flip, settle and handover under an application that writes few keys all the time, at every
 * isolation level, while the tail is killed and epochs end. Once settled, every snapshot shows both
 * sides equal: judged by plain SQL in one statement, which shares nothing with the engine. {@code
 * -Dkedge.seed} repeats a run, {@code -Dkedge.random.seconds} makes it longer.
 */
final class SynchronousRandomTest {
  private static final Logger LOG = LoggerFactory.getLogger(SynchronousRandomTest.class);

  // A SERIALIZABLE transaction may meet a failure of its own kind inside the trigger, which traps
  // it:
  // the write passes, and its key is the tail's for a moment. It must be in the log then.
  private static final String NOT_CAPTURED =
      """
      SELECT coalesce(string_agg(coalesce(x.id, y.id)::text, ', '), '')
      FROM (SELECT id::bigint, v, n::bigint * 100 AS n, code FROM a) x
      FULL JOIN b y USING (id)
      WHERE (x.v, x.n, x.code) IS DISTINCT FROM (y.v, y.n, y.code)
        AND NOT EXISTS (
          SELECT FROM kedge.log_1_1 l, kedge.tail t
          WHERE l.k1 = coalesce(x.id, y.id) AND NOT pg_visible_in_snapshot(l.xid, t.applied))""";

  private static final String ORACLE =
      """
      SELECT coalesce(string_agg(d, '; '), '')
      FROM (
        SELECT concat_ws(' ', 'a', x.*) AS d FROM (
          SELECT id::bigint, v, n::bigint * 100, code FROM a EXCEPT ALL SELECT id, v, n, code FROM b) x
        UNION ALL
        SELECT concat_ws(' ', 'b', y.*) FROM (
          SELECT id, v, n, code FROM b EXCEPT ALL SELECT id::bigint, v, n::bigint * 100, code FROM a) y
      ) z""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final long seed = Long.getLong("kedge.seed", System.nanoTime() % 1_000_000);
  private final int seconds = Integer.getInteger("kedge.random.seconds", 3);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger kills = new AtomicInteger();
  private CopyEngine engine;
  private volatile MoveScope scope;

  @BeforeEach
  void filled() throws SQLException {
    for (String logger : List.of("com.zaxxer.hikari", "dev.kedge.registry")) {
      ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(logger))
          .setLevel(ch.qos.logback.classic.Level.ERROR);
    }
    LOG.warn("seed {}", seed);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int, code text NOT NULL UNIQUE);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n bigint, code text NOT NULL UNIQUE);
        INSERT INTO a SELECT i, 'v' || i, i % 1000, 'code' || i FROM generate_series(1, 300) i;
        ANALYZE a""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("n", "n::bigint * 100")
                .reverse("n", "n / 100")
                .synchronous()
                .plan(1));
    scope = engine.scope();
    engine.lane();
    engine.round();
  }

  @Test
  void everySnapshotShowsBothSidesEqualOnceItHasSettled() throws Exception {
    run(List.of("READ COMMITTED", "REPEATABLE READ"), ORACLE);
  }

  @Test
  void whatASerializableTransactionLeavesBehindIsCaptured() throws Exception {
    run(List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"), NOT_CAPTURED);
  }

  private void run(List<String> levels, String oracle) throws Exception {
    RandomApplication application = new RandomApplication(postgres, seed, 300, levels);
    application.start(5);
    Thread tail = begin("tail", this::tail);
    Thread trouble = begin("trouble", this::trouble);

    retrying(() -> cutover().flip(scope));
    int looks = 0;
    long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    while (System.nanoTime() < until) {
      assertEquals("", Fixture.value(postgres, oracle), "look " + looks);
      looks++;
    }
    String overtaken = Fixture.value(postgres, "SELECT overtaken FROM kedge.move");
    retrying(() -> cutover().handOver(scope));
    sleep(500);
    application.stop();
    stopped.set(true);
    trouble.join();
    tail.join();
    MoveScope last = scope;
    for (int i = 0; i < 3; i++) {
      new dev.kedge.synchronous.MoveRounds(postgres.database(), last, 1)
          .run(new dev.kedge.ledger.TailRow(last, 1).look(postgres.database()).orElseThrow());
    }

    LOG.warn(
        "{} looks, {} commits, {} conflicts, {} refusals, longest {} ms; {} kills, overtaken {}",
        looks,
        application.commits,
        application.conflicts,
        application.refusals,
        application.longestMillis,
        kills,
        overtaken);
    assertEquals("", Fixture.value(postgres, ORACLE), "after the handover");
    assertEquals(List.of(), List.copyOf(failures));
    assertEquals(List.of(), List.copyOf(application.errors));
    assertTrue(looks > 3);
    assertEquals("new", Fixture.value(postgres, "SELECT writing FROM kedge.move"));
  }

  private PostgresCutoverActivities cutover() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
        postgres.databases(), (database, request) -> none, (database, request) -> none);
  }

  private void tail() {
    while (!stopped.get() && failures.isEmpty()) {
      try {
        new PostgresTailActivities(postgres.databases())
            .followTail(new TailRequest(scope, Duration.ofMillis(700)));
      } catch (ApplicationFailure e) {
        tolerate(e);
      }
    }
  }

  private void trouble() {
    Random random = new Random(seed);
    long seen = 0;
    while (!stopped.get()) {
      sleep(150 + random.nextInt(300));
      try {
        // Only after something went on, so that a slow machine gets there too.
        long turn = Long.parseLong(Fixture.value(postgres, "SELECT turn FROM kedge.tail"));
        if (turn < seen + 25) {
          continue;
        }
        seen = turn;
        if (random.nextInt(6) == 0) {
          MoveScope before = scope;
          long epoch =
              new PostgresRegistryActivities(postgres.databases(), MigrationProgress::read)
                  .fence(new FenceRequest(before.scope(), true, "trouble"));
          scope = new MoveScope(before.scope().at(epoch), before.move());
        } else {
          kills.addAndGet(
              Integer.parseInt(
                  Fixture.value(
                      postgres,
                      """
                      SELECT count(pg_terminate_backend(pid))
                      FROM pg_stat_activity
                      WHERE datname = current_database() AND application_name LIKE 'kedge:m:%'
                        AND application_name <> 'kedge:m:ddl' AND state <> 'idle'""")));
        }
      } catch (SQLException | ApplicationFailure e) {
        LOG.debug("trouble in making trouble", e);
      }
    }
  }

  private void tolerate(ApplicationFailure e) {
    sleep(20);
    if (e.isNonRetryable() && !e.getType().equals(Failures.FENCED)) {
      failures.add(String.valueOf(e.getMessage()));
    }
  }

  private void retrying(Runnable work) {
    while (true) {
      try {
        work.run();
        return;
      } catch (ApplicationFailure e) {
        tolerate(e);
        assertEquals(List.of(), List.copyOf(failures));
      }
    }
  }

  private static Thread begin(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
