package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
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

  private void stopsAtRow23(String type, String expression) throws SQLException {
    InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
    MoveScope move = InPlaceMove.of(postgres, "parts").column("tens", expression).register();
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);

    ApplicationFailure failure =
        assertThrows(
            ApplicationFailure.class,
            () ->
                new PostgresBackfillActivities(postgres.databases(), new InPlaceFiller())
                    .fillRanges(new LaneRequest(move, 1, Duration.ofMinutes(1))));

    assertEquals(type, failure.getType());
    assertTrue(failure.isNonRetryable());
    assertTrue(
        failure.getOriginalMessage().contains("row 23 of public.parts"), failure.getMessage());
    assertTrue(!failure.getOriginalMessage().contains("secret"), failure.getMessage());
    assertEquals("22", Fixture.value(postgres, "SELECT count(tens) FROM parts"));
  }
}
