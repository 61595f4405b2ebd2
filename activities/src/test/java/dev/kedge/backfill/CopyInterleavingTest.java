package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an application may do between two statements of ours, one at a time. */
final class CopyInterleavingTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  CopyInterleavingTest() {}

  @BeforeEach
  void tenRows() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT 10 * i, 'old' FROM generate_series(1, 10) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
  }

  @Test
  void aDeleteInFlightLeavesNoGhost() throws SQLException {
    try (Connection application = begin("READ COMMITTED")) {
      run(application, "DELETE FROM a WHERE id = 50");
      engine.fill(engine.claim("x"), 100);
      application.commit();
    }
    engine.round();

    assertEquals("", rows("b WHERE id = 50"));
    assertSame();
  }

  @Test
  void aDeleteThatRollsBackLosesNoRow() throws SQLException {
    try (Connection application = begin("READ COMMITTED")) {
      run(application, "DELETE FROM a WHERE id = 50");
      engine.fill(engine.claim("x"), 100);
      application.rollback();
    }
    engine.round();

    assertEquals("50=old", rows("b WHERE id = 50"));
    assertSame();
  }

  @Test
  void aDeleteInsideTheChunksStatementLeavesNoGhost() throws Exception {
    whileTheChunkIsHeld("DELETE FROM a WHERE id = 50");

    assertEquals("", rows("b WHERE id = 50"));
    assertSame();
  }

  @Test
  void anUpdateInsideTheChunksStatementIsNotLost() throws Exception {
    whileTheChunkIsHeld("UPDATE a SET v = 'NEW' WHERE id = 20");

    assertEquals("20=NEW", rows("b WHERE id = 20"));
    assertSame();
  }

  @Test
  void anOldSnapshotOfTheApplicationLeavesNoGhostAndGetsNoError() throws SQLException {
    for (String level : new String[] {"REPEATABLE READ", "SERIALIZABLE"}) {
      postgres.run("INSERT INTO a VALUES (55, 'old') ON CONFLICT DO NOTHING");
      try (Connection application = begin(level)) {
        run(application, "SELECT count(*) FROM a");
        if (level.startsWith("R")) {
          engine.fill(engine.claim("x"), 100);
        }
        engine.round();
        run(application, "DELETE FROM a WHERE id = 55; UPDATE a SET v = 'later' WHERE id = 60");
        application.commit();
      }
      engine.round();

      assertEquals("", rows("b WHERE id = 55"));
      assertSame();
    }
  }

  @Test
  void aKeyMovedBehindTheCursorArrives() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    postgres.run("UPDATE a SET id = 15 WHERE id = 80; UPDATE a SET id = 95 WHERE id = 20");

    assertTrue(engine.apply(claim));
    engine.fill(claim.nextTurn(), 100);
    engine.round();

    assertEquals("15=old", rows("b WHERE id IN (15, 80)"));
    assertSame();
  }

  @Test
  void aRoundDoesNotPassOverAChunkInFlight() throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    Concurrently<Boolean> round;
    try (Hold hold = Hold.on(postgres, 50)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 5));
      Concurrently.untilWaiting(postgres, "fill");
      postgres.run("UPDATE a SET v = 'NEW' WHERE id = 30");
      // A second owner, as after a lease that ran out: must not apply beside the chunk.
      round = Concurrently.start(() -> engine.apply(claim));
      Concurrently.untilWaiting(postgres, "apply");
      hold.letGo();
    }
    Claim after = chunk.result().orElseThrow();
    assertThrows(SQLException.class, round::result);

    assertTrue(engine.apply(after));
    engine.fill(after.nextTurn(), 100);
    engine.round();

    assertEquals("30=NEW", rows("b WHERE id = 30"));
    assertSame();
  }

  @Test
  void whatCommitsInTheMiddleOfARoundIsSeenByTheNext() throws Exception {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    postgres.run("UPDATE a SET v = 'one' WHERE id = 50");
    Concurrently<Boolean> round;
    try (Hold hold = Hold.on(postgres, 50)) {
      round = Concurrently.start(() -> engine.apply(claim));
      Concurrently.untilWaiting(postgres, "apply");
      postgres.run("UPDATE a SET v = 'two' WHERE id = 20");
      hold.letGo();
    }
    assertTrue(round.result());
    assertEquals("20=old", rows("b WHERE id = 20"));

    assertTrue(engine.apply(claim.nextTurn()));

    assertEquals("20=two", rows("b WHERE id = 20"));
  }

  @Test
  void aChunkDoesNotGoOnFromBeforeARound() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    assertTrue(engine.apply(claim));

    assertEquals(Optional.empty(), engine.fill(claim, 2));
    assertEquals("5", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void aZombieOfTheSameEpochWritesNothing() throws SQLException {
    Claim zombie = engine.claim("x");
    Claim other = engine.ledger().reread(1);
    engine.fill(other, 4);

    assertEquals(Optional.empty(), engine.fill(zombie, 4));
    assertFalse(engine.apply(zombie));
    assertEquals("4", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void aZombieOfAnEarlierEpochWritesNothingAndSaysSo() throws SQLException {
    Claim claim = engine.claim("x");
    Chunk zombie = new Chunk(engine.database(), engine.ledger(), new CopyFiller(), 1);
    RangeRound round = new RangeRound(engine.database(), engine.ledger());
    TailRound tail = engine.tail();
    PostgresBackfillActivities activities = engine.activities();
    var before = engine.scope();
    engine.bump();

    assertEquals(Optional.empty(), zombie.fill(claim, 4));
    assertFalse(round.run(claim));
    assertThrows(io.temporal.failure.ApplicationFailure.class, tail::run);
    LaneResult late =
        activities.fillRanges(
            new dev.kedge.activity.BackfillActivities.LaneRequest(
                before, 1, Duration.ofSeconds(5)));

    assertEquals(Outcome.FENCED, late.outcome());
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertEquals(Outcome.DONE, engine.lane().outcome());
    assertSame();
  }

  @Test
  void aBackendKilledInTheMiddleOfAChunkLeavesRowsAndCursorTogether() throws Exception {
    Claim claim = engine.fill(engine.claim("x"), 3).orElseThrow();
    try (Hold hold = Hold.on(postgres, 50)) {
      Concurrently<Optional<Claim>> chunk = Concurrently.start(() -> engine.fill(claim, 4));
      Concurrently.untilWaiting(postgres, "fill");
      postgres.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'kedge:m:fill'");
      assertThrows(SQLException.class, chunk::result);
      hold.letGo();
    }
    Claim now = engine.ledger().reread(1);

    assertEquals(claim.turn(), now.turn());
    assertEquals("3", Fixture.value(postgres, "SELECT count(*) FROM b"));
    engine.ledger().release("x");
    assertEquals(Outcome.DONE, engine.lane().outcome());
    engine.round();
    assertSame();
  }

  @Test
  void theApplicationIsNeverTheVictimOfADeadlock() throws SQLException {
    try (Connection application = begin("READ COMMITTED")) {
      run(application, "UPDATE a SET v = 'x' WHERE id = 70");
      engine.fill(engine.claim("x"), 100);
      engine.round();
      run(application, "UPDATE a SET v = 'y' WHERE id = 30");
      application.commit();
    }
    engine.round();

    assertSame();
    assertEquals(
        "0",
        Fixture.value(
            postgres, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
  }

  @Test
  void whatComesAndGoesBehindTheCursorMovesNoChunk() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 3).orElseThrow();
    postgres.run("DELETE FROM a WHERE id IN (10, 20)");
    claim = engine.fill(claim, 3).orElseThrow();
    postgres.run("INSERT INTO a VALUES (1, 'new'), (2, 'new'), (3, 'new'), (4, 'new')");
    claim = engine.fill(claim, 3).orElseThrow();

    assertEquals("30 40 50 60 70 80 90", untouched());
    engine.fill(claim, 100);
    engine.round();

    assertSame();
  }

  @Test
  void aFilledRangeReachesToItsEndThoughItsLastKeyLiesBelow() throws SQLException {
    engine.cutAt("55");
    engine.fill(engine.fill(engine.claim("x"), 3).orElseThrow(), 100);
    engine.round();

    postgres.run("INSERT INTO a VALUES (53, 'beyond')");
    engine.round();

    assertEquals("53=beyond", rows("b WHERE id > 50"));
    engine.fill(engine.claim("y"), 100);
    engine.round();
    assertSame();
  }

  @Test
  void aRowInTheWayOfAChunkIsNotTakenForItsOwn() throws SQLException {
    // Past the guard, as nobody should.
    postgres.run("SET kedge.applier = 'm'; INSERT INTO b VALUES (20, 'foreign')");
    Claim claim = engine.claim("x");

    SQLException error = assertThrows(SQLException.class, () -> engine.fill(claim, 100));

    assertEquals("23505", error.getSQLState());
    assertEquals("20=foreign", rows("b"));
  }

  @Test
  void noSnapshotIsTakenWithoutCapture() throws SQLException {
    postgres.run("ALTER TABLE a DISABLE TRIGGER USER");

    io.temporal.failure.ApplicationFailure failure =
        assertThrows(io.temporal.failure.ApplicationFailure.class, () -> engine.claim("x"));

    assertEquals("CatalogDiffers", failure.getType());
    assertEquals("null", Fixture.value(postgres, "SELECT applied FROM kedge.range"));
  }

  @Test
  void anEmptiedSourceEmptiesWhatWasCopied() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    postgres.run("TRUNCATE a; INSERT INTO a VALUES (10, 'again'), (75, 'new')");

    assertTrue(engine.apply(claim));
    assertEquals("10=again", rows("b"));
    engine.fill(claim.nextTurn(), 100);
    engine.round();
    assertSame();

    postgres.run("TRUNCATE a; INSERT INTO a VALUES (1, 'last')");
    engine.round();
    assertEquals("1=last", rows("b"));
  }

  private String untouched() throws SQLException {
    return Fixture.value(
        postgres, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM b WHERE id > 20");
  }

  private void whileTheChunkIsHeld(String statement) throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    try (Hold hold = Hold.on(postgres, 50)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 100));
      Concurrently.untilWaiting(postgres, "fill");
      postgres.run(statement);
      hold.letGo();
    }
    chunk.result();
    engine.round();
  }

  private Connection begin(String level) throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    run(connection, "SET TRANSACTION ISOLATION LEVEL " + level);
    return connection;
  }

  private static void run(Connection connection, String statement) throws SQLException {
    new Sql(connection).execute(statement);
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres, "SELECT coalesce(string_agg(id || '=' || v, ' ' ORDER BY id), '') FROM " + of);
  }

  private void assertSame() throws SQLException {
    assertEquals(rows("a"), rows("b"));
  }
}
