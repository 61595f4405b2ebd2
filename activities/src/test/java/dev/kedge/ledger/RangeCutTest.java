package dev.kedge.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A range that somebody is at work on is cut in two for somebody else. */
final class RangeCutTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @BeforeEach
  void aHundredRows() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 100) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
  }

  @Test
  void keysCapturedOnBothSidesOfTheCutAreApplied() throws SQLException {
    Claim lower = engine.fill(engine.claim("x"), 20).orElseThrow();
    postgres.run("UPDATE a SET v = 'before' WHERE id IN (10, 50, 90)");

    assertTrue(cutAt("60"));
    postgres.run(
        "UPDATE a SET v = 'after' WHERE id IN (11, 51, 91); DELETE FROM a WHERE id IN (12, 92)");
    assertEquals(Optional.empty(), engine.fill(lower, 1));
    assertFalse(engine.apply(lower));
    Claim now = engine.ledger().reread(1);
    assertTrue(lower.wasCut(now));
    Claim upper = engine.fill(engine.claim("y"), 10).orElseThrow();
    postgres.run("UPDATE a SET v = 'last', id = id + 100 WHERE id IN (13, 52, 65, 93)");
    postgres.run("UPDATE a SET id = 13 WHERE id = 66");
    assertTrue(engine.apply(now));
    assertTrue(engine.apply(upper));
    engine.fill(now.nextTurn(), 1_000);
    engine.fill(upper.nextTurn(), 1_000);
    engine.round();

    assertSame();
    assertEquals(
        "null..60 60..null",
        Fixture.value(
            postgres,
            "SELECT string_agg(coalesce(lo[1], 'null') || '..' || coalesce(hi[1], 'null'), ' ' ORDER BY range) FROM kedge.range"));
  }

  @Test
  void theUpperPartBeginsWithASnapshotOfItsOwn() throws SQLException {
    engine.fill(engine.claim("x"), 20);
    cutAt("60");

    assertEquals(
        "60 null 0",
        Fixture.value(
            postgres,
            "SELECT cursor[1] || ' ' || coalesce(applied::text, 'null') || ' ' || turn FROM kedge.range WHERE range = 2"));
    engine.claim("y");
    assertEquals(
        "t",
        Fixture.value(postgres, "SELECT applied IS NOT NULL FROM kedge.range WHERE range = 2"));
  }

  @Test
  void aChunkInFlightEndsFirst() throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    Concurrently<Boolean> cut;
    try (Hold hold = Hold.on(postgres, 10)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 30));
      Concurrently.untilWaiting(postgres, "fill");
      cut = Concurrently.start(() -> cutPatiently("60"));
      Concurrently.untilWaiting(postgres, "claim");
      hold.letGo();
    }
    assertTrue(cut.result());
    Claim after = chunk.result().orElseThrow();

    assertEquals(Optional.empty(), engine.fill(after, 1_000));
    Claim now = engine.ledger().reread(1);
    assertTrue(after.wasCut(now));
    engine.fill(now, 1_000);
    engine.fill(engine.claim("y"), 1_000);
    engine.round();

    assertSame();
    assertEquals(
        "60 40",
        Fixture.value(
            postgres, "SELECT string_agg(rows::text, ' ' ORDER BY range) FROM kedge.range"));
  }

  @Test
  void behindAnOwnerWhoIsFurtherNothingIsCut() throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    Concurrently<Boolean> cut;
    try (Hold hold = Hold.on(postgres, 10)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 60));
      Concurrently.untilWaiting(postgres, "fill");
      cut = Concurrently.start(() -> cutPatiently("60"));
      Concurrently.untilWaiting(postgres, "claim");
      hold.letGo();
    }
    assertFalse(cut.result());

    engine.fill(chunk.result().orElseThrow(), 1_000);
    engine.round();
    assertSame();
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM kedge.range"));
  }

  @Test
  void nobodyCutsUnderAnEpochThatIsOver() throws SQLException {
    engine.claim("x");
    RangeCut late = new RangeCut(engine.database(), engine.ledger(), 1);
    engine.bump();

    assertFalse(late.at(new RangeCut.Place(1, List.of("60"))));
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM kedge.range"));
  }

  @Test
  void anOwnerOfBeforeTheCutThatLostItsLeaseWritesNothing() throws SQLException {
    Claim zombie = engine.fill(engine.claim("x"), 20).orElseThrow();
    cutAt("60");
    Claim now = engine.ledger().reread(1);
    engine.fill(now, 20);

    assertEquals(Optional.empty(), engine.fill(zombie, 20));
    assertFalse(zombie.wasCut(engine.ledger().reread(1)));
    assertEquals("40", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void theLargestIsCutInItsMiddle() throws SQLException {
    engine.cutAt("30", "40");
    engine.fill(engine.claim("x"), 10);

    RangeCut.Place place =
        new RangeCut(engine.database(), engine.ledger(), 50).find().orElseThrow();

    assertEquals(new RangeCut.Place(3, List.of("70")), place);
    assertEquals(Optional.empty(), new RangeCut(engine.database(), engine.ledger(), 61).find());
  }

  private boolean cutAt(String key) throws SQLException {
    return new RangeCut(engine.database(), engine.ledger(), 1)
        .at(new RangeCut.Place(1, List.of(key)));
  }

  private boolean cutPatiently(String key) throws SQLException {
    while (true) {
      try {
        return cutAt(key);
      } catch (SQLException e) {
        assertEquals("55P03", e.getSQLState());
      }
    }
  }

  private void assertSame() throws SQLException {
    String rows = "SELECT string_agg(id || v, ' ' ORDER BY id) FROM ";
    assertEquals(Fixture.value(postgres, rows + "a"), Fixture.value(postgres, rows + "b"));
  }
}
