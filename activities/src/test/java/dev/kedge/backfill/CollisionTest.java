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
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Unique values go from row to row while a copy runs, and the target has the unique index all the
 * time: somebody's old version is in somebody's way until it is followed.
 */
final class CollisionTest {
  private static final String SWAP_10_AND_60 =
      "UPDATE a SET v = CASE id WHEN 10 THEN 'v60' ELSE 'v10' END WHERE id IN (10, 60)";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  CollisionTest() {}

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text UNIQUE DEFERRABLE, n int);
        CREATE TABLE b (id int PRIMARY KEY, v text UNIQUE, n int);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 100) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.cutAt("50");
  }

  @Test
  void aLaneTriesAgainAfterItsOwnWindow() throws SQLException {
    Claim one = engine.claim("one");
    engine.fill(one, 20);
    postgres.run("UPDATE a SET v = CASE id WHEN 10 THEN 'v40' ELSE 'v10' END WHERE id IN (10, 40)");
    expireLeases();

    assertEquals(Outcome.DONE, engine.lane(1_000, 1).outcome());

    engine.round();
    assertSame();
  }

  @Test
  void aLaneWaitsForTheRoundOfAnother() throws Exception {
    Claim one = engine.fill(engine.claim("one"), 20).orElseThrow();
    postgres.run(SWAP_10_AND_60);
    Concurrently<LaneResult> other = Concurrently.start(() -> engine.lane(1_000, 20));
    while (!other.isIn(Pause.class)) {
      assertFalse(other.isDone(), "it met nothing");
    }

    assertTrue(engine.apply(one));

    assertTrue(other.result().rows() >= 50, "it did not fill its range");
    expireLeases();
    assertEquals(Outcome.DONE, engine.lane().outcome());
    engine.round();
    assertSame();
  }

  @Test
  void aLaneTakesTheRangeItWaitsForWhenNobodyHasIt() throws SQLException {
    engine.fill(engine.claim("one"), 20);
    engine.fill(engine.claim("two"), 20);
    // Each range has the value that the other wants.
    postgres.run(SWAP_10_AND_60);
    postgres.run("UPDATE a SET v = 'w' || id WHERE id IN (5, 55); ");
    postgres.run("UPDATE a SET v = CASE id WHEN 40 THEN 'v5' ELSE 'v55' END WHERE id IN (40, 90)");
    expireLeases();

    assertEquals(Outcome.DONE, engine.lane(1_000, 20).outcome());

    engine.round();
    assertSame();
  }

  @Test
  void theTailAndALaneLetEachOtherPass() throws SQLException {
    engine.fill(engine.claim("one"), 100);
    engine.round();
    Claim two = engine.fill(engine.claim("two"), 20).orElseThrow();
    postgres.run(SWAP_10_AND_60);

    assertEquals("23505", assertThrows(SQLException.class, engine::round).getSQLState());
    assertTrue(engine.apply(two));
    engine.round();

    assertEquals("v60", Fixture.value(postgres, "SELECT v FROM b WHERE id = 10"));
    assertEquals("v10", Fixture.value(postgres, "SELECT v FROM b WHERE id = 60"));
    expireLeases();
    engine.lane();
    engine.round();
    assertSame();
  }

  @Test
  void aCutWindowIsTakenWholeWhenAPartOfItMeetsAValueThatIsNotFree() throws SQLException {
    postgres.run("INSERT INTO a SELECT i, 'v' || i FROM generate_series(-6000, 0) i");
    engine.fill(engine.claim("one"), 10_000);
    engine.round();
    postgres.run("UPDATE a SET n = 1 WHERE id = 10");
    postgres.run("UPDATE a SET n = 1 WHERE id <= 0");
    postgres.run("UPDATE a SET v = CASE id WHEN 10 THEN 'v20' ELSE 'v10' END WHERE id IN (10, 20)");

    TailRound.Done done = engine.round();

    assertEquals(6_003, done.keys());
    assertEquals("v20", Fixture.value(postgres, "SELECT v FROM b WHERE id = 10"));
  }

  @Test
  void aValueThatTwoRowsReallyShareStopsByNameWithoutTheValue() throws SQLException {
    postgres.run(
        """
        ALTER TABLE a DROP CONSTRAINT a_v_key;
        UPDATE a SET v = 'secret' WHERE id IN (60, 90)""");
    engine.fill(engine.claim("one"), 1_000);
    engine.fill(engine.claim("two"), 20);
    expireLeases();

    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> engine.lane(1_000, 2));

    assertEquals("BadData", failure.getType());
    String message = failure.getOriginalMessage();
    assertTrue(message.startsWith("filling keys above 70 on: two rows of public.a"), message);
    assertTrue(message.contains("constraint b_v_key"), message);
    assertFalse(message.contains("secret"), message);
  }

  private void expireLeases() throws SQLException {
    postgres.run("UPDATE kedge.lease SET expires = now()");
  }

  private void assertSame() throws SQLException {
    String rows = "SELECT string_agg(id || v, ',' ORDER BY id) FROM ";
    assertEquals(Fixture.value(postgres, rows + "a"), Fixture.value(postgres, rows + "b"));
  }
}
