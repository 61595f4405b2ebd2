package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.activity.ReconcileActivities.RepairRequest;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.postgres.CutProxy;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.reconcile.PostgresReconcileActivities;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every row is touched once, whatever happens to who fills it. */
final class InPlaceExactlyOnceTest {
  private static final Duration BUDGET = Duration.ofMinutes(1);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void makeAccounts() throws SQLException {
    postgres.run(
        """
        CREATE TABLE accounts (id int PRIMARY KEY, balance bigint, balance_cents bigint,
          touches int NOT NULL DEFAULT 0);
        CREATE FUNCTION public.count_touch() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.touches := OLD.touches + 1; RETURN NEW; END';
        CREATE TRIGGER count_touch BEFORE UPDATE ON accounts
          FOR EACH ROW EXECUTE FUNCTION public.count_touch();
        INSERT INTO accounts SELECT g, g FROM generate_series(1, 60000) g;
        ANALYZE accounts""");
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void thoughBackendsAreKilledAtRandom() throws Exception {
    MoveScope move = captured();
    Future<?> one = threads.submit(() -> fillUntilDone(postgres.databases(), move, 1));
    Future<?> two = threads.submit(() -> fillUntilDone(postgres.databases(), move, 2));

    int killed = 0;
    while (!one.isDone() || !two.isDone()) {
      killed += killed < 25 ? killOne() : 0;
    }
    one.get();
    two.get();

    assertTrue(killed > 5, "killed " + killed);
    everyRowWasTouchedOnce();
  }

  @Test
  void thoughTheAnswerToACommitIsCutOff() throws Exception {
    MoveScope move = captured();
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      proxy.cut(answer -> answer.is("kedge:m:fill", "COMMIT"));

      fillUntilDone(behind, move, 1);

      assertEquals(1, proxy.cuts());
    }
    everyRowWasTouchedOnce();
  }

  @Test
  void thoughAFrozenLaneGoesOnWhenAnotherHasFinishedItsRange() throws Exception {
    MoveScope move = captured();
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:fill", "SELECT"));
      Future<LaneResult> zombie = threads.submit(() -> fill(behind, move, 1));
      frozen.await();
      expireLeases();

      fillUntilDone(postgres.databases(), move, 2);
      frozen.release();

      assertEquals(new LaneResult(Outcome.DONE, 0, 0), zombie.get());
    }
    everyRowWasTouchedOnce();
  }

  @Test
  void thoughAFrozenLaneGoesOnAfterItsEpoch() throws Exception {
    MoveScope move = captured();
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:fill", "SELECT"));
      Future<LaneResult> zombie = threads.submit(() -> fill(behind, move, 1));
      frozen.await();
      MoveScope next = new MoveScope(Fixture.bump(postgres, move.scope()), move.move());
      frozen.release();

      assertEquals(new LaneResult(Outcome.FENCED, 0, 0), zombie.get());
      assertEquals("0", Fixture.value(postgres, "SELECT sum(touches) FROM accounts"));
      expireLeases();
      fillUntilDone(postgres.databases(), next, 2);
    }
    everyRowWasTouchedOnce();
  }

  @Test
  void thoughALaneFreezesWithItsChunkNotCommitted() throws Exception {
    MoveScope move = captured();
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      // What it did to the source is noted when the rows are written.
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:fill", "INSERT"));
      Future<LaneResult> zombie = threads.submit(() -> fill(behind, move, 1));
      frozen.await();
      expireLeases();
      assertEquals(1, killOne());

      fillUntilDone(postgres.databases(), move, 2);
      frozen.release();

      assertEquals(Outcome.DONE, zombie.get().outcome());
      assertEquals(0, zombie.get().rows());
    }
    everyRowWasTouchedOnce();
  }

  @Test
  void aFrozenLaneDoesNotTakeBackWhatTheNewApplicationWrote() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')""");
    MoveScope move =
        captured(
            InPlaceMove.of(postgres, "users")
                .column("handle", "lower(username)")
                .reverse("username", "handle"));
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:fill", "SELECT"));
      Future<LaneResult> zombie = threads.submit(() -> fill(behind, move, 1));
      frozen.await();
      expireLeases();
      fillUntilDone(postgres.databases(), move, 2);
      cutover.handOver(postgres.database(), move);
      postgres.run("UPDATE users SET handle = 'Robert' WHERE id = 2");
      frozen.release();
      zombie.get();
    }
    assertEquals(
        "Ann ann, Robert Robert",
        Fixture.value(
            postgres, "SELECT string_agg(username || ' ' || handle, ', ' ORDER BY id) FROM users"));
  }

  @Test
  void theCompareFindsAndRepairsWhatNoTriggerSaw() throws Exception {
    MoveScope move = captured();
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases behind = behind(proxy)) {
      // The first row is behind the cursor already; a session that our triggers are deaf to.
      CutProxy.Held frozen = proxy.hold(answer -> answer.is("kedge:m:fill", "COMMIT"));
      Future<?> lane = threads.submit(() -> fillUntilDone(behind, move, 1));
      frozen.await();
      postgres.run("SET kedge.applier = 'm'; UPDATE accounts SET balance_cents = 0 WHERE id = 1");
      frozen.release();
      lane.get();
    }
    PostgresReconcileActivities reconcile = new PostgresReconcileActivities(postgres.databases());
    assertEquals(
        List.of(new Difference("public.accounts", "1", "different")),
        reconcile.compareMove(move).examples());
    assertEquals(
        new Repair(1, 0),
        reconcile.repairFindings(new RepairRequest(move.scope(), move.move(), "bob")));
    assertEquals(
        "3 100", value("SELECT touches || ' ' || balance_cents FROM accounts WHERE id = 1"));
  }

  private MoveScope captured() throws SQLException {
    return captured(InPlaceMove.of(postgres, "accounts").column("balance_cents", "balance * 100"));
  }

  private MoveScope captured(InPlaceMove plan) throws SQLException {
    MoveScope move = plan.register();
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);
    return move;
  }

  /** As Temporal does: fails the attempt, and tries again. */
  private Object fillUntilDone(Databases databases, MoveScope move, int lane) throws Exception {
    while (true) {
      try {
        if (fill(databases, move, lane).outcome() == Outcome.DONE) {
          return "";
        }
      } catch (ApplicationFailure e) {
        if (e.isNonRetryable()) {
          throw e;
        }
      }
      Thread.sleep(5);
    }
  }

  private static LaneResult fill(Databases databases, MoveScope move, int lane) {
    return new PostgresBackfillActivities(databases, new InPlaceFiller())
        .fillRanges(new LaneRequest(move, lane, BUDGET));
  }

  private static Databases behind(CutProxy proxy) {
    return new Databases().add("app", proxy.jdbcUrl(), new Properties(), 4);
  }

  private int killOne() throws SQLException {
    return Integer.parseInt(
        value(
            """
            SELECT count(pg_terminate_backend(pid))
            FROM (
              SELECT pid
              FROM pg_stat_activity
              WHERE application_name = 'kedge:m:fill' AND backend_xid IS NOT NULL
              ORDER BY random()
              LIMIT 1
            ) k"""));
  }

  private void expireLeases() throws SQLException {
    postgres.run("UPDATE kedge.lease SET expires = now()");
  }

  private void everyRowWasTouchedOnce() throws SQLException {
    assertEquals(
        "60000 1 1 0",
        value(
            """
            SELECT count(*) || ' ' || min(touches) || ' ' || max(touches) || ' '
              || count(*) FILTER (WHERE balance_cents IS DISTINCT FROM balance * 100)
            FROM accounts"""));
    assertEquals("60000", value("SELECT sum(rows) FROM kedge.range"));
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
