package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A row that cannot be taken over, or only slowly, is found among the others. */
final class BadRowTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @Test
  void isNamedByItsKeyAndNotByItsValue() throws SQLException {
    copies("n int", "v::int", Duration.ofMillis(500));
    postgres.run("UPDATE a SET v = 'secret' WHERE id = 3333");

    String message = stops(Failures.BAD_DATA);

    assertTrue(message.contains("row 3333 of public.a"), message);
    assertTrue(message.contains("22P02"), message);
    assertFalse(message.contains("secret"), message);
    assertEquals("3332", Fixture.value(postgres, "SELECT max(id) FROM b"));
    assertEquals("3332", Fixture.value(postgres, "SELECT sum(rows) FROM kedge.range"));
  }

  @Test
  void isTakenOverOnceItIsMended() throws SQLException {
    copies("n int", "v::int", Duration.ofMillis(500));
    postgres.run("UPDATE a SET v = 'x' WHERE id = 3333");
    stops(Failures.BAD_DATA);
    postgres.run("UPDATE a SET v = '3333' WHERE id = 3333");

    assertEquals(Outcome.DONE, engine.lane().outcome());

    engine.round();
    assertEquals(
        "5000 12502500", Fixture.value(postgres, "SELECT count(*) || ' ' || sum(n) FROM b"));
  }

  @Test
  void thatBreaksARuleOfTheTargetNamesTheRule() throws SQLException {
    copies("n int NOT NULL CONSTRAINT positive CHECK (n > 0)", "v::int", Duration.ofMillis(500));
    postgres.run("UPDATE a SET v = '-4711' WHERE id = 17");

    String message = stops(Failures.BAD_DATA);

    assertTrue(message.contains("row 17 of public.a"), message);
    assertTrue(message.contains("constraint positive"), message);
    assertFalse(message.contains("4711"), message);
  }

  @Test
  void ofACompositeKeyHasAllItsColumns() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (tenant text, id int, v text, PRIMARY KEY (tenant, id));
        CREATE TABLE b (tenant text, id int, n int, PRIMARY KEY (tenant, id));
        INSERT INTO a SELECT 't' || i % 3, i, i FROM generate_series(1, 900) i;
        UPDATE a SET v = 'x' WHERE id = 300""");
    engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").column("n", "v::int").plan(1));

    String message = stops(Failures.BAD_DATA);

    assertTrue(message.contains("row t0, 300 of public.a"), message);
  }

  @Test
  void thatAFunctionRefusesIsNamedToo() throws SQLException {
    postgres.run(
        """
        CREATE FUNCTION public.strict_int(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS '
          BEGIN
            IF $1 = ''secret'' THEN RAISE EXCEPTION ''not a number: %'', $1; END IF;
            RETURN $1::int;
          END'""");
    copies("n int", "public.strict_int(v)", Duration.ofMillis(500));
    postgres.run("UPDATE a SET v = 'secret' WHERE id = 4999");

    String message = stops(Failures.BAD_DATA);

    assertTrue(message.contains("row 4999 of public.a"), message);
    assertFalse(message.contains("secret"), message);
  }

  @Test
  void thatNeverEndsStopsByItsKeyAfterTheOthersBeforeIt() throws SQLException {
    sleeping(2_000);
    postgres.run("UPDATE a SET v = '0' WHERE id = 1234");

    String message = stops(Failures.STATEMENT_FAILED);

    assertTrue(message.contains("row 1234 of public.a"), message);
    assertEquals("1233", Fixture.value(postgres, "SELECT max(id) FROM b"));
  }

  @Test
  void rowsAHundredTimesSlowerThanTheRestOnlyMakeChunksSmaller() throws SQLException {
    sleeping(5);
    postgres.run("UPDATE a SET v = '0' WHERE id BETWEEN 2000 AND 2100");

    LaneResult result = engine.lane();

    assertEquals(Outcome.DONE, result.outcome());
    assertEquals(5_000, result.rows());
    assertTrue(result.chunks() < 300, result.chunks() + " chunks");
  }

  private void sleeping(int millis) throws SQLException {
    postgres.run(
        """
        CREATE FUNCTION public.slowly(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS '
          BEGIN
            IF $1 = ''0'' THEN PERFORM pg_sleep(%s); END IF;
            RETURN $1::int;
          END'"""
            .formatted(millis / 1000.0));
    copies("n int", "public.slowly(v)", Duration.ofMillis(10));
  }

  private void copies(String column, String expression, Duration chunk) throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, %s);
        INSERT INTO a SELECT i, i FROM generate_series(1, 5000) i"""
            .formatted(column));
    engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").column("n", expression).chunk(chunk).plan(1));
  }

  private String stops(String type) {
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> engine.lane());
    assertEquals(type, failure.getType());
    assertTrue(failure.isNonRetryable());
    return String.valueOf(failure.getOriginalMessage());
  }
}
