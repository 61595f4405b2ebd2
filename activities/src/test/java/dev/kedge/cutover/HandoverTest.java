package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.ledger.TailRow;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;

final class HandoverTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;
  private @Nullable Concurrently<TailResult> tail;

  HandoverTest() {}

  @BeforeEach
  void copied() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 100) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b").column("v", "public.held(id, v)").reversed().plan(1));
    engine.lane();
    engine.round();
  }

  @AfterEach
  void endTail() throws Exception {
    if (tail != null) {
      engine.bump();
      assertEquals(Outcome.FENCED, tail.result().outcome());
    }
  }

  @Test
  void theWritingSideChangesAndTheOldOneFollows() throws Exception {
    follow();
    postgres.run("UPDATE a SET v = 'before' WHERE id = 1");

    HandoverResult result = handOver();

    assertTrue(result.switched());
    assertNotNull(result.holdMillis());
    assertTrue(result.holdMillis() <= 150, "held " + result.holdMillis());
    assertEquals(rows("a"), rows("b"));
    assertEquals("KD001", refusal("UPDATE a SET v = 'wrong' WHERE id = 1"));
    postgres.run(
        "UPDATE b SET v = 'after' WHERE id = 2; DELETE FROM b WHERE id = 3;"
            + " INSERT INTO b VALUES (200, 'new'); UPDATE b SET id = 300 WHERE id = 4");
    untilSame();
  }

  @Test
  void doneAlreadyItSaysSo() throws Exception {
    follow();
    handOver();

    assertTrue(handOver().switched());
    assertTrue(cutover().handBack(engine.scope()).switched());
    assertEquals(0, cutover().handBack(engine.scope()).differences());
  }

  @Test
  void handedBackTheOldSideIsWrittenAndNothingIsLost() throws Exception {
    follow();
    handOver();
    postgres.run("UPDATE b SET v = 'new side' WHERE id = 7; DELETE FROM b WHERE id = 8");

    HandoverResult result = cutover().handBack(engine.scope());

    assertTrue(result.switched());
    assertEquals(rows("a"), rows("b"));
    assertEquals("KD001", refusal("UPDATE b SET v = 'wrong' WHERE id = 1"));
    postgres.run("UPDATE a SET v = 'old side' WHERE id = 9");
    untilSame();
  }

  @Test
  void neverHandedOverThereIsNothingToHandBack() {
    HandoverResult result = cutover().handBack(engine.scope());

    assertEquals(new HandoverResult(false, 0, null, null, 0), result);
  }

  @Test
  void whatWasWantedBeforeAPauseIsNotDoneAfterIt() throws Exception {
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    engine.bump();
    follow();
    Concurrently.until(postgres, "SELECT rounds > 2 FROM kedge.tail");

    assertNotTried();
  }

  @Test
  void askingForTheOldSideTakesBackWhatWasAskedBefore() throws Exception {
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    cutover().handBack(engine.scope());
    follow();
    Concurrently.until(postgres, "SELECT rounds > 2 FROM kedge.tail");

    assertNotTried();
  }

  @Test
  @Timeout(60)
  void aWriterThatTheLockWaitedForIsNotLost() throws Exception {
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    int last = 0;
    // An attempt whose wait was too long on a busy machine proves nothing: only one that switched.
    while (Fixture.value(postgres, "SELECT writing FROM kedge.move").equals("old")) {
      last++;
      attemptThatWaitsForAWriter("UPDATE a SET v = 'last " + last + "' WHERE id = 50");
    }

    assertEquals("50=last " + last, rows("b WHERE id = 50"));
    assertEquals(rows("a"), rows("b"));
  }

  // Its fence comes before the write, its lock after it.
  private void attemptThatWaitsForAWriter(String write) throws Exception {
    engine.round();
    TailRow.Look look =
        new TailRow(engine.scope(), engine.ledger().migration())
            .look(engine.database())
            .orElseThrow();
    Handover handover =
        new Handover(
            engine.database(), engine.scope(), engine.ledger().migration(), Duration.ofSeconds(5));
    try (Connection application = postgres.connect();
        Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "handover")) {
      application.setAutoCommit(false);
      Concurrently<Boolean> attempt =
          Concurrently.start(
              () -> {
                handover.attempt(look);
                return true;
              });
      Concurrently.untilWaiting(postgres, "handover");
      run(application, write);
      hold.letGo();
      Concurrently.until(
          postgres,
          "SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'ShareRowExclusiveLock'"
              + " AND NOT granted) OR (SELECT blocked IS NOT NULL FROM kedge.move)");
      application.commit();
      attempt.result();
    }
  }

  @Test
  void anOldSnapshotOfTheApplicationCannotWriteTheOldSide() throws Exception {
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      run(application, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      run(application, "SELECT count(*) FROM a");
      follow();
      handOver();

      PSQLException refused =
          assertThrows(
              PSQLException.class, () -> run(application, "UPDATE a SET v = 'x' WHERE id = 1"));

      assertEquals("KD001", refused.getSQLState());
    }
  }

  @Test
  void noAttemptIsMadeWhileAnOldWriterIsInTheWay() throws Exception {
    follow();
    Concurrently<HandoverResult> handover;
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      run(application, "SET application_name = 'batch'; UPDATE a SET v = 'open' WHERE id = 1");
      handover = Concurrently.start(this::handOver);
      Concurrently.until(
          postgres,
          // An attempt that waited for the lock would have been noted in other words.
          "SELECT coalesce(blocked LIKE 'handover waits for transactions%batch%', false)"
              + " FROM kedge.move");
      application.commit();
    }

    // A busy machine may hold the lock too long, and try again.
    assertTrue(handover.result().attempts() >= 1);
    assertEquals(rows("a"), rows("b"));
  }

  @Test
  void aPreparedTransactionIsWaitedForWithoutQueueingAnybody() throws Exception {
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      run(application, "UPDATE a SET v = 'prepared' WHERE id = 1; PREPARE TRANSACTION 'p1'");
    }
    follow();
    Concurrently<HandoverResult> handover = Concurrently.start(this::handOver);
    Concurrently.until(
        postgres, "SELECT coalesce(blocked LIKE '%prepared%', false) FROM kedge.move");
    postgres.run("SET lock_timeout = 1000; UPDATE a SET v = 'meanwhile' WHERE id = 2");
    postgres.run("COMMIT PREPARED 'p1'");

    assertTrue(handover.result().switched());
    assertEquals(rows("a"), rows("b"));
  }

  @Test
  void aRowInQuarantineKeepsTheSideFromChangingUntilItIsGone() throws Exception {
    waitsWhile(
        "INSERT INTO kedge.quarantine (migration, move, key, sqlstate, words)"
            + " SELECT id, 1, '{17}', '22P02', 'w' FROM kedge.migration",
        "handover waits for 1 row (key 17) in kedge.quarantine%",
        "DELETE FROM kedge.quarantine");
  }

  @Test
  void aRowThatCouldNotBeComparedKeepsTheSideFromChangingUntilItIs() throws Exception {
    waitsWhile(
        "INSERT INTO kedge.finding (migration, move, key, kind)"
            + " SELECT id, 1, '{18}', 'notComparable' FROM kedge.migration",
        "handover waits for 1 row (key 18) that could not be compared%kedge verify m%",
        "UPDATE kedge.finding SET closed_at = now()");
  }

  @Test
  void whatCouldNotBeComparedDoesNotStopTheWayBack() throws Exception {
    follow();
    handOver();
    postgres.run(
        "INSERT INTO kedge.finding (migration, move, key, kind)"
            + " SELECT id, 1, '{18}', 'notComparable' FROM kedge.migration");

    assertTrue(cutover().handBack(engine.scope()).switched());
  }

  private void waitsWhile(String begins, String blocked, String ends) throws Exception {
    postgres.run(begins);
    follow();
    Concurrently<HandoverResult> handover = Concurrently.start(this::handOver);
    Concurrently.until(
        postgres, "SELECT coalesce(blocked LIKE '" + blocked + "', false) FROM kedge.move");
    assertEquals("old", Fixture.value(postgres, "SELECT writing FROM kedge.move"));
    postgres.run(ends);

    assertTrue(handover.result().switched());
    assertEquals(rows("a"), rows("b"));
  }

  @Test
  void aHoldThatLastsTooLongIsGivenUp() throws Exception {
    follow();
    Concurrently<HandoverResult> handover;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "handover")) {
      postgres.run(
          """
          CREATE OR REPLACE FUNCTION public.hold_row() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF NEW.writing <> OLD.writing THEN
              PERFORM public.hold();
            END IF;
            RETURN NEW;
          END $$""");
      handover = Concurrently.start(this::handOver);
      Concurrently.until(
          postgres, "SELECT coalesce(blocked LIKE 'handover gave way%', false) FROM kedge.move");
      postgres.run("SET lock_timeout = '5s'; UPDATE a SET v = 'goes on' WHERE id = 5");
      hold.letGo();
    }

    assertTrue(handover.result().attempts() > 1);
    assertEquals(rows("a"), rows("b"));
  }

  @Test
  @Timeout(60)
  void aDifferenceUnderTheLockKeepsTheSideFromChanging() throws Exception {
    postgres.run(
        """
        CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.v := NEW.v || '!';
          RETURN NEW;
        END $$;
        CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON b FOR EACH ROW EXECUTE FUNCTION spoil()""");
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    // Again and again: an attempt may end because the machine is slow.
    while (!differs()) {
      attemptThatWaitsForAWriter("UPDATE a SET v = 'spoiled' WHERE id = 5");
    }

    assertEquals("old", Fixture.value(postgres, "SELECT writing FROM kedge.move"));
    postgres.run("DROP TRIGGER spoil ON b");
  }

  @Test
  void aRangeOutsideTheTailKeepsTheSideFromChanging() throws Exception {
    postgres.run("UPDATE kedge.range SET state = 'open', cursor = '{5}'");
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    follow();
    Concurrently.until(postgres, "SELECT rounds > 2 FROM kedge.tail");

    assertNotTried();
  }

  @Test
  void aHandoverWhoseBackendIsKilledIsDoneAgain() throws Exception {
    Concurrently<HandoverResult> handover;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "handover")) {
      postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
      follow();
      Concurrently.untilWaiting(postgres, "handover");
      postgres.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'kedge:m:handover'");
      hold.letGo();
      handover = Concurrently.start(this::handOver);
    }

    assertTrue(handover.result().switched());
    assertEquals(rows("a"), rows("b"));
  }

  @Test
  void aSupersededHandoverDoesNothing() throws Exception {
    postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
    long migration = engine.ledger().migration();
    TailRow.Look look =
        new TailRow(engine.scope(), migration).look(engine.database()).orElseThrow();
    Handover zombie = new Handover(engine.database(), engine.scope(), migration, Handover.HOLD);
    engine.bump();

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> zombie.attempt(look));

    assertEquals(Failures.FENCED, failure.getType());
    assertEquals("old", Fixture.value(postgres, "SELECT writing FROM kedge.move"));
  }

  @Test
  void caughtUpMeansEverythingIsInTheTailAndTheLastRoundWasShort() throws Exception {
    follow();

    new PostgresTailActivities(postgres.databases()).awaitCaughtUp(engine.scope());

    assertEquals("t", Fixture.value(postgres, "SELECT rounds > 0 FROM kedge.tail"));
  }

  @Test
  void theEndOfAMoveEndsItsTail() throws Exception {
    follow();
    engine.capture().removeCapture(engine.scope());

    assertEquals(Outcome.DONE, Objects.requireNonNull(tail).result().outcome());
    tail = null;
  }

  private boolean differs() throws SQLException {
    return Fixture.value(
            postgres, "SELECT coalesce(blocked LIKE '%still differ%', false) FROM kedge.move")
        .equals("t");
  }

  private void follow() {
    tail =
        Concurrently.start(
            () ->
                new PostgresTailActivities(postgres.databases())
                    .followTail(new TailRequest(engine.scope(), Duration.ofMinutes(1))));
  }

  private HandoverResult handOver() {
    return cutover().handOver(engine.scope());
  }

  private PostgresCutoverActivities cutover() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
        postgres.databases(), (database, request) -> none, (database, request) -> none);
  }

  private void assertNotTried() throws SQLException {
    assertEquals(
        "old ", Fixture.value(postgres, "SELECT concat(writing, ' ', blocked) FROM kedge.move"));
  }

  private String refusal(String statement) {
    return String.valueOf(
        assertThrows(SQLException.class, () -> postgres.run(statement)).getSQLState());
  }

  private static void run(Connection connection, String statement) throws SQLException {
    new Sql(connection).execute(statement);
  }

  private void untilSame() throws Exception {
    Concurrently.until(
        postgres,
        "SELECT NOT EXISTS (SELECT FROM (SELECT * FROM a EXCEPT ALL SELECT * FROM b) x)"
            + " AND NOT EXISTS (SELECT FROM (SELECT * FROM b EXCEPT ALL SELECT * FROM a) y)");
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres, "SELECT coalesce(string_agg(id || '=' || v, ' ' ORDER BY id), '') FROM " + of);
  }
}
