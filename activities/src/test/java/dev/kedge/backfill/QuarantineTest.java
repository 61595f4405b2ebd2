package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.ledger.Claim;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows that cannot be taken over are passed over where the spec says so, and never forgotten. */
final class QuarantineTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @BeforeEach
  void numbers() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, n int);
        INSERT INTO a SELECT i, i FROM generate_series(1, 5000) i;
        CREATE FUNCTION public.number(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1::int'""");
    start(true);
  }

  @Test
  void aLaneGoesOnBehindThem() throws SQLException {
    postgres.run("UPDATE a SET v = 'secret' WHERE id IN (1, 17, 18, 3333, 5000)");

    LaneResult result = engine.lane();

    assertEquals(Outcome.DONE, result.outcome());
    assertEquals(4_995, result.rows());
    assertEquals("4995", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertEquals("1 17 18 3333 5000", quarantined());
    assertEquals(
        "22P02 a value cannot be converted (SQLSTATE 22P02)",
        Fixture.value(postgres, "SELECT DISTINCT sqlstate || ' ' || words FROM kedge.quarantine"));
    engine.round();
    assertEquals("1 17 18 3333 5000", quarantined());
  }

  @Test
  void aRowThatIsMendedArrivesAndIsTakenOut() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id IN (17, 18, 19)");
    engine.lane();
    engine.round();
    postgres.run("UPDATE a SET v = '4711' WHERE id = 17; DELETE FROM a WHERE id = 19");

    engine.round();

    assertEquals("4711", Fixture.value(postgres, "SELECT n FROM b WHERE id = 17"));
    assertEquals("18", quarantined());
  }

  @Test
  void aRowMendedBeforeItsRangeIsFilledIsBroughtByTheRangesOwnRound() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id = 3");
    Claim claim = engine.fill(engine.claim("x"), 2).orElseThrow();
    claim = passOver(claim, "3").orElseThrow();
    claim = engine.fill(claim, 2).orElseThrow();
    postgres.run("UPDATE a SET v = '33' WHERE id = 3");

    assertTrue(engine.apply(claim));

    assertEquals("33", Fixture.value(postgres, "SELECT n FROM b WHERE id = 3"));
    assertEquals("", quarantined());
  }

  @Test
  void aRowMendedWhileItIsPassedOverIsNotLost() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id = 3");
    Claim claim = engine.fill(engine.claim("x"), 2).orElseThrow();
    postgres.run("UPDATE a SET v = '33' WHERE id = 3");

    claim = passOver(claim, "3").orElseThrow();
    engine.fill(claim, 10_000);
    engine.round();

    assertEquals("33", Fixture.value(postgres, "SELECT n FROM b WHERE id = 3"));
    assertEquals("", quarantined());
  }

  @Test
  void noRowButTheBadOneIsPassedOver() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id = 300; DELETE FROM a WHERE id < 300");
    Claim claim = engine.claim("x");
    postgres.run("INSERT INTO a VALUES (5, '5')");

    assertEquals(Optional.empty(), passOver(claim, "300"));

    assertEquals("null", Fixture.value(postgres, "SELECT cursor::text FROM kedge.range"));
    assertEquals("", quarantined());
  }

  @Test
  void aZombiePassesNothingOver() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id = 1");
    Claim claim = engine.claim("x");
    passOver(claim, "1");

    assertEquals(Optional.empty(), passOver(claim, "2"));

    assertEquals("1", quarantined());
  }

  @Test
  void aRowBrokenLaterIsPassedOverAndTheRestOfItsWindowIsNot() throws SQLException {
    engine.lane();
    engine.round();
    postgres.run(
        """
        BEGIN;
        UPDATE a SET v = 'secret' WHERE id IN (100, 4000);
        UPDATE a SET v = '-1' WHERE id BETWEEN 200 AND 300;
        COMMIT""");

    engine.round();

    assertEquals("100 4000", quarantined());
    assertEquals("101", Fixture.value(postgres, "SELECT count(*) FROM b WHERE n = -1"));
    postgres.run("UPDATE a SET v = '-2' WHERE id = 100");
    engine.round();
    assertEquals("-2", Fixture.value(postgres, "SELECT n FROM b WHERE id = 100"));
    assertEquals("4000", quarantined());
  }

  @Test
  void aRowBrokenBehindTheCursorIsPassedOverByTheRangesOwnRound() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 10).orElseThrow();
    postgres.run("UPDATE a SET v = 'x' WHERE id = 4; UPDATE a SET v = '55' WHERE id = 5");

    assertTrue(engine.apply(claim));

    assertEquals("4", quarantined());
    assertEquals(
        "4 55",
        Fixture.value(
            postgres, "SELECT string_agg(n::text, ' ' ORDER BY id) FROM b WHERE id IN (4, 5)"));
  }

  @Test
  void amongVeryManyCapturedKeysTheyAreFoundToo() throws SQLException {
    engine.lane();
    postgres.run("INSERT INTO a SELECT i, i FROM generate_series(5001, 20000) i");
    engine.round();
    postgres.run("UPDATE a SET v = CASE WHEN id IN (9, 15000) THEN 'x' ELSE '7' END");

    TailRound.Done done = engine.round();

    assertEquals(19_998, done.keys());
    assertEquals("9 15000", quarantined());
    assertEquals("19998", Fixture.value(postgres, "SELECT count(*) FROM b WHERE n = 7"));
  }

  @Test
  void whatNoKeyTellsIsMendedIsTriedAgainFromTimeToTime() throws SQLException {
    postgres.run("UPDATE a SET v = 'x' WHERE id IN (1, 2)");
    engine.lane();
    engine.round();
    postgres.run(
        """
        CREATE OR REPLACE FUNCTION public.number(text) RETURNS int LANGUAGE sql IMMUTABLE AS
          'SELECT CASE WHEN $1 = ''x'' THEN 24 ELSE $1::int END';
        UPDATE a SET v = 'y' WHERE id = 2;
        UPDATE kedge.quarantine SET at = at - interval '1 hour'""");

    retry();

    assertEquals("24", Fixture.value(postgres, "SELECT n FROM b WHERE id = 1"));
    assertEquals("2", quarantined());
    assertEquals("2", Fixture.value(postgres, "SELECT times FROM kedge.quarantine"));
  }

  @Test
  void tooManyStopTheMigration() throws SQLException {
    postgres.run(
        """
        INSERT INTO kedge.quarantine (migration, move, key, sqlstate, words)
        SELECT m.id, 1, ARRAY[i::text], '22P02', 'w'
        FROM kedge.migration m, generate_series(10001, 11000) i;
        UPDATE a SET v = 'x' WHERE id = 77""");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, engine::lane);

    assertEquals(Failures.BAD_DATA, failure.getType());
    assertTrue(failure.getOriginalMessage().contains("more than 1000 rows"), failure.toString());
    assertEquals("76", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void unlessTheSpecSaysSoTheTailStopsByKey() throws SQLException {
    start(false);
    engine.lane();
    engine.round();
    postgres.run("UPDATE a SET v = 'secret' WHERE id = 100; UPDATE a SET v = '-1' WHERE id = 200");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, engine::round);

    assertEquals(Failures.BAD_DATA, failure.getType());
    String message = failure.getOriginalMessage();
    assertTrue(message.contains("row 100 cannot be brought over"), message);
    assertFalse(message.contains("secret"), message);
    assertEquals("200", Fixture.value(postgres, "SELECT n FROM b WHERE id = 200"));
    assertEquals("", quarantined());
  }

  private void start(boolean quarantine) throws SQLException {
    postgres.run("DROP SCHEMA IF EXISTS kedge CASCADE; TRUNCATE b");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("n", "public.number(v)")
                .chunk(Duration.ofSeconds(1))
                .plan(1)
                .withQuarantine(quarantine));
  }

  private Optional<Claim> passOver(Claim claim, String key) throws SQLException {
    return new Chunk(engine.database(), engine.ledger(), new CopyFiller(), 1)
        .passOver(claim, List.of(key), new SQLException("", "22P02"))
        .map(Chunk.Filled::claim);
  }

  private void retry() throws SQLException {
    long migration = engine.ledger().migration();
    new QuarantineRetry(
            engine.database(),
            engine.scope(),
            migration,
            Direction.forward(migration, engine.scope().move()))
        .run();
  }

  private String quarantined() throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT coalesce(string_agg(key[1], ' ' ORDER BY key[1]::int), '') FROM kedge.quarantine");
  }
}
