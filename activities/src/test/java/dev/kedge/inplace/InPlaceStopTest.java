package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What stops a backfill in place says at which row, and never what is in it. */
final class InPlaceStopTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void makeParts() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parts (id int PRIMARY KEY, size text, tens int);
        INSERT INTO parts SELECT g, g FROM generate_series(1, 40) g;
        UPDATE parts SET size = 'secret' WHERE id = 23;
        CREATE FUNCTION public.slowly(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS '
          BEGIN
            IF $1 = ''secret'' THEN PERFORM pg_sleep(1); END IF;
            RETURN 1;
          END'""");
  }

  @Test
  void aRowThatCannotBeConverted() throws SQLException {
    stopsAtRow23(Failures.BAD_DATA, "size::int * 10");
  }

  @Test
  void aRowThatTakesLongerThanLocksMayBeHeld() throws SQLException {
    stopsAtRow23(Failures.STATEMENT_FAILED, "public.slowly(size)");
  }

  @Test
  void aRowThatCannotBeConvertedIsPassedOverWhereThePlanSaysSo() throws SQLException {
    MoveScope move = captured("size::int * 10", true);

    assertEquals(Outcome.DONE, lane(move).outcome());

    assertEquals("39", Fixture.value(postgres, "SELECT count(tens) FROM parts"));
    // By each of the two walks.
    assertEquals(
        "23 22P02 2",
        Fixture.value(
            postgres, "SELECT key[1] || ' ' || sqlstate || ' ' || times FROM kedge.quarantine"));
  }

  @Test
  void aRowMendedBetweenTheTwoWalksIsFilledByTheSecond() throws SQLException {
    MoveScope move = captured("size::int * 10", true);
    postgres.run(
        """
        CREATE FUNCTION public.mend() RETURNS trigger LANGUAGE plpgsql AS '
          BEGIN
            IF NEW.pass = 2 AND OLD.pass = 1 THEN
              UPDATE public.parts SET size = ''7'' WHERE id = 23;
            END IF;
            RETURN NEW;
          END';
        CREATE TRIGGER mend BEFORE UPDATE ON kedge.range FOR EACH ROW EXECUTE FUNCTION public.mend()""");

    assertEquals(Outcome.DONE, lane(move).outcome());

    assertEquals(
        "40 70",
        Fixture.value(
            postgres, "SELECT count(tens) || ' ' || min(tens) FILTER (WHERE id = 23) FROM parts"));
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.quarantine"));
  }

  private void stopsAtRow23(String type, String expression) throws SQLException {
    MoveScope move = captured(expression, false);

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> lane(move));

    assertEquals(type, failure.getType());
    assertTrue(failure.isNonRetryable());
    assertTrue(
        failure.getOriginalMessage().contains("row 23 of public.parts"), failure.getMessage());
    assertTrue(!failure.getOriginalMessage().contains("secret"), failure.getMessage());
    assertEquals("22", Fixture.value(postgres, "SELECT count(tens) FROM parts"));
  }

  private MoveScope captured(String expression, boolean quarantine) throws SQLException {
    InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
    MoveScope made = InPlaceMove.of(postgres, "parts").column("tens", expression).register();
    MoveScope move = new MoveScope(made.scope(), made.move().withQuarantine(quarantine));
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);
    return move;
  }

  private LaneResult lane(MoveScope move) {
    return new PostgresBackfillActivities(postgres.databases(), new InPlaceFiller())
        .fillRanges(new LaneRequest(move, 1, Duration.ofMinutes(1)));
  }
}
