package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.Scope;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.registry.PostgresRegistryActivities;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole copy under an application that writes all the time, while backends are killed and epochs
 * end: three lanes, a tail, deferred indexes, a handover and the way the old side follows. Judged
 * by plain SQL that shares nothing with the engine. {@code -Dkedge.seed} repeats a run, {@code
 * -Dkedge.random.seconds} makes it longer.
 */
final class RandomApplicationTest {
  private static final Logger LOG = LoggerFactory.getLogger(RandomApplicationTest.class);

  // Not by our projection: written by hand, and compared as multisets.
  private static final String ORACLE =
      """
      SELECT (SELECT count(*) FROM (
          SELECT id::bigint, v, n::bigint * 100, code FROM a EXCEPT ALL SELECT id, v, n, code FROM b) x)
        + (SELECT count(*) FROM (
          SELECT id, v, n, code FROM b EXCEPT ALL SELECT id::bigint, v, n::bigint * 100, code FROM a) y)""";

  private static final String TURNS =
      """
      SELECT (SELECT coalesce(sum(turn), 0) FROM kedge.range)
        + (SELECT coalesce(sum(turn), 0) FROM kedge.tail)""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final long seed = Long.getLong("kedge.seed", System.nanoTime() % 1_000_000);
  private final int seconds = Integer.getInteger("kedge.random.seconds", 3);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger fences = new AtomicInteger();
  private final AtomicInteger kills = new AtomicInteger();
  private volatile boolean building;
  private volatile MoveScope scope = placeholder();

  @Test
  void nothingIsLostUnderAnApplicationWithoutManners() throws Exception {
    quiet("com.zaxxer.hikari", "dev.kedge.registry");
    LOG.warn("seed {}", seed);
    MovePlan move = tables();
    scope = Fixture.register(postgres, "m", move);
    RandomApplication application = new RandomApplication(postgres, seed, 60_000);
    application.start(5);
    retrying(() -> backfill().deferIndexes(scope));
    retrying(() -> capture().installCapture(scope));
    List<Thread> lanes = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      lanes.add(begin("lane-" + i, this::lane));
    }
    Thread tail = begin("tail", this::tail);
    Thread trouble = begin("trouble", this::trouble);
    for (Thread lane : lanes) {
      lane.join(90_000);
    }
    assertEquals(List.of(), List.copyOf(failures));
    LOG.warn("filled");
    building = true;
    retrying(() -> backfill().restoreIndexes(scope));
    building = false;
    LOG.warn("indexes are back");
    pause(seconds);
    application.standStill(() -> assertSame("before the handover"));

    retrying(() -> handOver("new"));
    pause(seconds);
    application.standStill(() -> assertSame("after the handover"));
    retrying(() -> handOver("old"));
    pause(1);
    application.stop();
    assertSame("after the way back");

    stopped.set(true);
    trouble.join();
    tail.join();
    LOG.warn(
        "{} commits, {} conflicts, {} refusals, longest {} ms; {} kills, {} fences",
        application.commits,
        application.conflicts,
        application.refusals,
        application.longestMillis,
        kills,
        fences);
    assertEquals(List.of(), List.copyOf(failures));
    assertEquals(List.of(), List.copyOf(application.errors));
    assertTrue(application.refusals.get() > 0);
  }

  private MovePlan tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int, code text NOT NULL UNIQUE);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n bigint, code text NOT NULL);
        ALTER TABLE b ADD CONSTRAINT b_code UNIQUE (code);
        CREATE INDEX b_n ON b (n);
        INSERT INTO a SELECT i, 'v' || i, i % 1000, 'code' || i FROM generate_series(1, 60000) i;
        ANALYZE a""");
    return CopyMove.of(postgres, "a", "b")
        .column("n", "n::bigint * 100")
        .reverse("n", "n / 100")
        .chunk(Duration.ofMillis(5))
        .plan(1);
  }

  private void lane() {
    Outcome outcome = Outcome.BUDGET;
    while (outcome != Outcome.DONE && !stopped.get() && failures.isEmpty()) {
      try {
        outcome =
            backfill().fillRanges(new LaneRequest(scope, 1, Duration.ofMillis(600))).outcome();
      } catch (ApplicationFailure e) {
        tolerate(e);
      }
    }
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

  /** Trouble comes only after something went on, so that a slow machine gets there too. */
  private void trouble() {
    Random random = new Random(seed);
    long seen = 0;
    while (!stopped.get()) {
      sleep(100 + random.nextInt(300));
      try {
        long now = Long.parseLong(Fixture.value(postgres, TURNS));
        if (now < seen + 3) {
          continue;
        }
        seen = now;
        // An index that is built takes longer than epochs last here.
        if (!building && random.nextInt(8) == 0) {
          fence();
        } else {
          kill();
        }
      } catch (SQLException | ApplicationFailure e) {
        LOG.debug("trouble in making trouble", e);
      }
    }
  }

  private void fence() {
    MoveScope before = scope;
    long epoch =
        new PostgresRegistryActivities(postgres.databases(), MigrationProgress::read)
            .fence(new FenceRequest(before.scope(), true, "trouble"));
    scope = new MoveScope(before.scope().at(epoch), before.move());
    fences.incrementAndGet();
  }

  private void kill() throws SQLException {
    Fixture.value(
        postgres,
        """
        SELECT count(*) FROM (
          SELECT pg_terminate_backend(pid)
          FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'kedge:m:%'
            AND application_name <> 'kedge:m:ddl' AND state <> 'idle'
          ORDER BY random()
          LIMIT 1) x""");
    kills.incrementAndGet();
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

  private void handOver(String side) {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    PostgresCutoverActivities cutover =
        new PostgresCutoverActivities(
            postgres.databases(), (database, request) -> none, (database, request) -> none);
    HandoverResult result = side.equals("new") ? cutover.handOver(scope) : cutover.handBack(scope);
    LOG.warn("{} {}", side, result);
  }

  private void assertSame(String when) throws Exception {
    String now = Fixture.value(postgres, "SELECT pg_snapshot_xmax(pg_current_snapshot())");
    waitFor(
        () -> {
          try {
            return Boolean.parseBoolean(
                Fixture.value(
                    postgres,
                    "SELECT (pg_snapshot_xmin(applied) >= ?::xid8)::text FROM kedge.tail",
                    now));
          } catch (SQLException e) {
            return false;
          }
        });
    assertEquals("0", Fixture.value(postgres, ORACLE), when);
  }

  private void waitFor(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertEquals(List.of(), List.copyOf(failures));
      assertTrue(System.nanoTime() < deadline, "the tail does not catch up");
      sleep(20);
    }
  }

  private PostgresBackfillActivities backfill() {
    return new PostgresBackfillActivities(postgres.databases(), (sql, request, chunk) -> 0);
  }

  private PostgresCaptureActivities capture() {
    return new PostgresCaptureActivities(
        postgres.databases(), (database, request) -> {}, (database, request) -> {});
  }

  /** Killed connections are no news here. */
  private static void quiet(String... loggers) {
    for (String logger : loggers) {
      ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(logger))
          .setLevel(ch.qos.logback.classic.Level.ERROR);
    }
  }

  private static Thread begin(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void pause(int seconds) {
    sleep(seconds * 1_000);
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static MoveScope placeholder() {
    return new MoveScope(
        new Scope("m", "app", 0),
        new MovePlan(
            1,
            MovePlan.Kind.COPY,
            new dev.kedge.spec.TableName("public", "a"),
            new dev.kedge.spec.TableName("public", "b"),
            List.of(),
            List.of(),
            null,
            List.of(),
            1,
            Duration.ofMillis(1),
            -1));
  }
}
