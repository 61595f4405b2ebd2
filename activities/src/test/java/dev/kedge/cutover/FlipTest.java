package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.FlipResult;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The flip, and what has to happen until it has settled. */
final class FlipTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  FlipTest() {}

  @BeforeEach
  void tables() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 100) i""");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REPEATABLE READ", "SERIALIZABLE"})
  void aRowThatTheFlipWroteAndAnOldSnapshotDeletesIsGoneWhenSettled(String level)
      throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("INSERT INTO a VALUES (500, 'deleted'), (501, 'updated'), (502, 'moved')");
    try (Connection application = begin(level)) {
      Sql sql = new Sql(application);
      sql.first("SELECT count(*) FROM a", row -> "");
      sync.flip();
      assertEquals("flipped", sync.settle());
      sql.execute("DELETE FROM a WHERE id = 500");
      sql.execute("UPDATE a SET v = 'without an error' WHERE id = 501");
      sql.execute("UPDATE a SET id = 503 WHERE id = 502");
      assertEquals("flipped", sync.settle());
      application.commit();
    }
    // What settling is for.
    assertEquals("500=deleted", rows("b WHERE id = 500"));

    sync.untilSettled();

    assertSame();
    assertEquals("503=moved", rows("b WHERE id > 501"));
  }

  @Test
  void atReadCommittedThereIsNothingToSettle() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("INSERT INTO a VALUES (500, 'deleted'), (501, 'updated')");
    try (Connection application = begin("READ COMMITTED")) {
      Sql sql = new Sql(application);
      sql.first("SELECT count(*) FROM a", row -> "");
      sync.flip();
      sql.execute("DELETE FROM a WHERE id = 500; UPDATE a SET v = 'new' WHERE id = 501");
      application.commit();
    }

    assertSame();
  }

  @Test
  void whatIsConvergedWhileSettlingIsWaitedForAgain() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("INSERT INTO a VALUES (501, 'inserted')");
    Connection first = begin("REPEATABLE READ");
    new Sql(first).first("SELECT count(*) FROM a", row -> "");
    sync.flip();
    assertEquals("flipped", sync.settle());
    new Sql(first).execute("UPDATE a SET v = 'new' WHERE id = 501");
    first.commit();
    first.close();
    Connection second = begin("REPEATABLE READ");
    new Sql(second).first("SELECT count(*) FROM a", row -> "");
    sync.look();
    assertEquals("501=new", rows("b WHERE id = 501"));

    for (int i = 0; i < 4; i++) {
      assertEquals("flipped", sync.settle());
    }
    new Sql(second).execute("DELETE FROM a WHERE id = 501");
    second.commit();
    second.close();
    assertEquals("501=new", rows("b WHERE id = 501"));
    sync.untilSettled();

    assertSame();
  }

  @Test
  void whoIsOlderThanTheFlipIsNamed() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    try (Connection application = begin("READ COMMITTED")) {
      new Sql(application).execute("SET application_name = 'report'; SELECT 1");
      sync.flip();
      sync.settle();
      sync.settle();
      assertTrue(blocked().contains("older than what was written last: report (pid"), blocked());
    }
    sync.untilSettled();
  }

  @Test
  void rowsThatCannotBeTakenOverOrComparedKeepItFromFlipping() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run(
        """
        INSERT INTO kedge.quarantine (migration, move, key, sqlstate, words)
        SELECT id, 1, ARRAY[i::text], '22P02', 'w' FROM kedge.migration, generate_series(1, 7) i;
        INSERT INTO kedge.finding (migration, move, key, kind)
        SELECT id, 1, '{18}', 'notComparable' FROM kedge.migration""");

    sync.flip(Duration.ofSeconds(5)).attempt(sync.tail());

    assertEquals("trailing", sync.tail().following());
    assertEquals(
        "flip waits for 7 rows (key 1; 2; 3; 4; 5; …) in kedge.quarantine: mend them; 1 row (key 18)"
            + " that could not be compared: mend them, and kedge verify m compares them again"
            + " (public.a)",
        blocked());
    postgres.run("DELETE FROM kedge.quarantine; DELETE FROM kedge.finding");
    sync.flip();
    assertSame();
  }

  @Test
  void aTransactionThatIsPreparedMeanwhileIsWaitedFor() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("INSERT INTO a VALUES (500, 'deleted')");
    try (Connection application = begin("REPEATABLE READ")) {
      new Sql(application).first("SELECT count(*) FROM a", row -> "");
      sync.flip();
      sync.settle();
      new Sql(application).execute("DELETE FROM a WHERE id = 500; PREPARE TRANSACTION 'p'");
    }
    for (int i = 0; i < 4; i++) {
      assertEquals("flipped", sync.settle());
    }
    assertTrue(blocked().contains("a prepared transaction"), blocked());

    postgres.run("COMMIT PREPARED 'p'");
    sync.untilSettled();

    assertSame();
  }

  @Test
  void aRoleWithoutAnyRightSeesWhoIsOpen() throws SQLException {
    postgres.run("DROP ROLE IF EXISTS blind; CREATE ROLE blind LOGIN");
    try (Connection application = begin("REPEATABLE READ");
        Connection blind = postgres.connectAs("blind")) {
      Sql sql = new Sql(application);
      String id =
          sql.one(
              "SELECT virtualxid FROM pg_locks WHERE locktype = 'virtualxid'"
                  + " AND pid = pg_backend_pid()",
              row -> row.getString(1));

      assertTrue(new Sql(blind).list(FlipSql.OPEN, row -> row.getString("id")).contains(id));
      application.rollback();
      assertFalse(new Sql(blind).list(FlipSql.OPEN, row -> row.getString("id")).contains(id));
    }
    postgres.run("DROP ROLE blind");
  }

  @Test
  void anotherTailWaitsAnew() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    try (Connection application = begin("READ COMMITTED")) {
      new Sql(application).first("SELECT 1", row -> "");
      sync.flip();
      sync.settle();
      sync.forgetWaiting();
      for (int i = 0; i < 4; i++) {
        assertEquals("flipped", sync.settle());
      }
    }
    sync.untilSettled();
  }

  @Test
  void keysThatDifferedAreLookedAtAgainByWhoeverComesAfterACrash() throws Exception {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("INSERT INTO a VALUES (500, 'deleted')");
    try (Connection application = begin("REPEATABLE READ")) {
      new Sql(application).first("SELECT count(*) FROM a", row -> "");
      sync.flip();
      new Sql(application).execute("DELETE FROM a WHERE id = 500");
      application.commit();
    }
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "overtake")) {
      Concurrently<Integer> dying = Concurrently.start(() -> sync.look().differing().size());
      Concurrently.untilWaiting(postgres, "overtake");
      postgres.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'kedge:m:overtake'");
      assertThrows(SQLException.class, dying::result);
      hold.letGo();
    }
    postgres.run("DROP TRIGGER hold ON kedge.move");
    assertEquals("500=deleted", rows("b WHERE id = 500"));

    sync.look();

    assertSame();
  }

  @Test
  void anOrdinaryRoundDoesNothingAfterAFlip() throws SQLException {
    SyncMove sync = SyncMove.flipped(postgres, plan());
    postgres.run("SET kedge.applier = 'm'; UPDATE b SET v = 'newer' WHERE id = 5");
    postgres.run("ALTER TABLE a DISABLE TRIGGER kedge_sync_1_1_u");
    postgres.run("UPDATE a SET v = 'older' WHERE id = 5");

    assertEquals(0, sync.engine().round().keys());

    assertEquals("5=newer", rows("b WHERE id = 5"));
  }

  @Test
  void aFlipThatHoldsItsLockTooLongIsGivenUp() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());

    sync.flip(Duration.ofNanos(1)).attempt(sync.tail());

    assertEquals("trailing", sync.tail().following());
    assertTrue(blocked().startsWith("flip gave way after attempt 1"), blocked());
    assertEquals("0", Fixture.value(postgres, SYNC_TRIGGERS));
    postgres.run("UPDATE a SET v = 'goes on' WHERE id = 5");
    sync.engine().round();
    assertSame();
  }

  @Test
  void noFlipIsTriedWhileAnOldWriterIsInTheWay() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    try (Connection application = begin("READ COMMITTED")) {
      new Sql(application).execute("SET application_name = 'batch'; UPDATE a SET v = 'open'");
      sync.flip(Duration.ofSeconds(5)).attempt(sync.tail());
      assertTrue(blocked().contains("batch"), blocked());
      assertEquals("trailing", sync.tail().following());
      application.commit();
    }
    sync.flip();
    assertSame();
  }

  @Test
  void aFlipThatDiesBeforeItsCommitIsDoneAgain() throws Exception {
    SyncMove sync = SyncMove.filled(postgres, plan());
    postgres.run("UPDATE a SET v = 'pending' WHERE id = 3");
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "flip")) {
      Concurrently<Boolean> flip =
          Concurrently.start(
              () -> {
                sync.flip(Duration.ofSeconds(5)).attempt(sync.tail());
                return true;
              });
      Concurrently.untilWaiting(postgres, "flip");
      postgres.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'kedge:m:flip'");
      assertThrows(SQLException.class, flip::result);
      hold.letGo();
    }
    assertEquals("trailing", sync.tail().following());
    assertEquals("0", Fixture.value(postgres, SYNC_TRIGGERS));
    postgres.run("DROP TRIGGER hold ON kedge.move");

    sync.flip();

    assertSame();
    sync.untilSettled();
  }

  @Test
  void whoeverIsSupersededNeitherFlipsNorSettlesNorConverges() throws SQLException {
    SyncMove sync = SyncMove.filled(postgres, plan());
    TailRow.Look trailing = sync.tail();
    Flip flip = sync.flip(Duration.ofSeconds(5));
    sync.flip();
    postgres.run("ALTER TABLE a DISABLE TRIGGER kedge_sync_1_1_u");
    postgres.run("UPDATE a SET v = 'differs' WHERE id = 5");
    postgres.run("UPDATE kedge.tail SET epoch = epoch + 1");

    for (org.junit.jupiter.api.function.Executable zombie :
        java.util.List.<org.junit.jupiter.api.function.Executable>of(
            () -> flip.attempt(trailing),
            () -> {
              sync.settle();
              sync.settle();
            },
            sync::look,
            () ->
                new dev.kedge.synchronous.LockingAccess(sync.scope())
                    .apply(postgres.database(), "5"))) {
      assertEquals(Failures.FENCED, assertThrows(ApplicationFailure.class, zombie).getType());
    }
    assertEquals("5=old", rows("b WHERE id = 5"));
  }

  @Test
  void aSynchronousTriggerThatSomebodyChangedIsNoticed() throws SQLException {
    SyncMove sync = SyncMove.flipped(postgres, plan());
    postgres.run(
        "ALTER TABLE a DISABLE TRIGGER kedge_sync_1_1_u;"
            + " ALTER TABLE a ENABLE ALWAYS TRIGGER kedge_sync_1_1_u");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, sync::look);

    assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
  }

  @Test
  void handedOverAndBackItTrailsAndNothingOfItIsLeftInTheEnd() throws Exception {
    SyncMove sync = SyncMove.filled(postgres, plan());
    Concurrently<TailResult> tail =
        Concurrently.start(
            () ->
                new PostgresTailActivities(postgres.databases())
                    .followTail(new TailRequest(sync.scope(), Duration.ofMinutes(2))));
    FlipResult flipped = cutover().flip(sync.scope());
    assertTrue(flipped.flipped());
    assertEquals("settled", sync.tail().following());
    assertEquals(flipped, cutover().flip(sync.scope()), "done already");
    postgres.run("UPDATE a SET v = 'at once' WHERE id = 7");
    assertSame();

    assertTrue(cutover().handOver(sync.scope()).switched());
    assertEquals("trailing", sync.tail().following());
    assertEquals(
        "D",
        Fixture.value(
            postgres,
            "SELECT string_agg(DISTINCT tgenabled::text, '')"
                + " FROM pg_trigger WHERE tgname LIKE 'kedge_sync_%'"));
    assertEquals(new FlipResult(false, 0, null, null), cutover().flip(sync.scope()));
    postgres.run("UPDATE b SET v = 'new side' WHERE id = 8");
    assertTrue(cutover().handBack(sync.scope()).switched());
    assertSame();
    postgres.run("UPDATE a SET v = 'trails' WHERE id = 9");
    Concurrently.until(postgres, "SELECT v = 'trails' FROM b WHERE id = 9");

    sync.engine().capture().removeCapture(sync.scope());
    assertEquals(Outcome.DONE, tail.result().outcome());
    assertEquals("0", Fixture.value(postgres, LEFT));
  }

  @Test
  void aHandoverBringsStragglersOverOrDoesNotHappen() throws Exception {
    postgres.run("ALTER TABLE b ADD CHECK (v <> 'refused')");
    SyncMove sync = SyncMove.flipped(postgres, plan());
    sync.untilSettled();
    postgres.run("UPDATE a SET v = 'refused' WHERE id = 5");
    sync.look();
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    Handover handover =
        new Handover(sync.engine().database(), sync.scope(), 1, Duration.ofSeconds(5));

    SQLException refused = assertThrows(SQLException.class, () -> handover.attempt(sync.tail()));
    assertEquals("23514", refused.getSQLState());

    postgres.run("ALTER TABLE b DROP CONSTRAINT b_v_check");
    new Handover(sync.engine().database(), sync.scope(), 1, Duration.ofSeconds(5))
        .attempt(sync.tail());
    assertEquals("new", sync.tail().writing());
    assertSame();
  }

  private static final String SYNC_TRIGGERS =
      "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'kedge_sync_%'";

  private static final String LEFT =
      """
      SELECT count(*) FROM (
        SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'kedge%'
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'kedge'::regnamespace
        UNION ALL SELECT relname FROM pg_class
          WHERE relnamespace = 'kedge'::regnamespace AND relname LIKE 'log%'
        UNION ALL SELECT 'straggler' FROM kedge.straggler) x""";

  private MovePlan plan() throws SQLException {
    return CopyMove.of(postgres, "a", "b").reversed().synchronous().plan(1);
  }

  private PostgresCutoverActivities cutover() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
        postgres.databases(), (database, request) -> none, (database, request) -> none);
  }

  private String blocked() throws SQLException {
    return Fixture.value(postgres, "SELECT blocked FROM kedge.move");
  }

  private Connection begin(String level) throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    new Sql(connection).execute("SET TRANSACTION ISOLATION LEVEL " + level);
    return connection;
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres, "SELECT coalesce(string_agg(id || '=' || v, ' ' ORDER BY id), '') FROM " + of);
  }

  private void assertSame() throws SQLException {
    assertEquals(rows("a"), rows("b"));
  }
}
