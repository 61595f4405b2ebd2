package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.ledger.Contention;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever gives way to the application, or loses against it, is counted in the status. */
@Timeout(60)
final class InPlaceContentionTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void makeUsers() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users SELECT g, 'User' || g FROM generate_series(1, 20) g""");
  }

  @Test
  void aLaneThatDoesNotGetARowsLockCountsIt() throws Exception {
    MoveScope move = captured();
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application).execute("UPDATE users SET username = 'Seven' WHERE id = 7");
      Concurrently<LaneResult> lane = Concurrently.start(() -> lane(move));
      Concurrently.until(postgres, "SELECT lock_timeouts > 0 FROM kedge.migration");
      application.commit();

      assertEquals(Outcome.DONE, lane.result().outcome());
    }
    assertTrue(counted().matches("0 0 [1-9][0-9]*"), counted());
    assertEquals("seven", Fixture.value(postgres, "SELECT handle FROM users WHERE id = 7"));
  }

  @Test
  void everyKindIsCountedByItselfAndNoneUnderAnEpochThatIsOver() throws SQLException {
    MoveScope move = captured();
    count(move, "40P01", "40001", "40001", "55P03", "23505", null);
    Fixture.bump(postgres, move.scope());
    count(move, "40P01", "40001", "55P03");
    assertEquals("1 2 1", counted());
  }

  private void count(MoveScope move, String... states) {
    for (String state : states) {
      Contention.count(postgres.database(), move.scope(), new SQLException("met", state));
    }
  }

  private LaneResult lane(MoveScope move) {
    return new PostgresBackfillActivities(postgres.databases(), new InPlaceFiller())
        .fillRanges(new LaneRequest(move, 1, Duration.ofMinutes(1)));
  }

  private String counted() throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT concat_ws(' ', deadlocks, serialization_failures, lock_timeouts)"
            + " FROM kedge.migration");
  }

  private MoveScope captured() throws SQLException {
    InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
    MoveScope move =
        InPlaceMove.of(postgres, "users").column("handle", "lower(username)").register();
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);
    return move;
  }
}
