package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A standby that stops replaying while a table is copied. */
final class StandbyTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  StandbyTest() {}

  @Test
  void whileItReplaysNothingTheCopySlowsAndStopsAndGoesOnByItself(@TempDir Path home)
      throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 400_000, lag(1_500));
    postgres.run("UPDATE kedge.migration SET max_rate = 20000");
    try (EmbeddedPostgres standby = standby(home)) {
      postgres.databases().replica("app", "standby", standby.jdbcUrl("postgres"), new Properties());
      caughtUp(standby);
      Concurrently<LaneResult> lane = move.lane(1, Duration.ofMinutes(5));
      Await.until(() -> move.copied() > 0);
      assertEquals("null", move.limitedBy());

      on(standby, "SELECT pg_wal_replay_pause()");
      Await.until(() -> move.budget() < 1 && move.limitedBy().startsWith("replicationLag "));
      Await.until(() -> move.budget() == 0);
      Thread.sleep(500);
      long stood = move.copied();
      assertTrue(stood < 400_000, "it was done before it could stop");
      Await.until(() -> lagMillis(move) > 4_000);
      assertEquals(stood, move.copied());

      on(standby, "SELECT pg_wal_replay_resume()");
      postgres.run("UPDATE kedge.migration SET max_rate = 0");
      assertEquals(Outcome.DONE, lane.result().outcome());
      assertEquals(400_000, move.copied());
      List<String> said = move.report().observations().stream().map(Observation::words).toList();
      assertTrue(said.get(0).startsWith("slows down: replicationLag "), said.toString());
      assertTrue(said.get(1).startsWith("stands still: replicationLag "), said.toString());
      assertTrue(
          said.get(2).startsWith("goes on slowly, limited by replicationLag "), said.toString());
    }
  }

  @Test
  void oneThatIsGoneStopsEverythingUntilItIsBackOrTheMigrationIsResumedWithoutIt(@TempDir Path home)
      throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, lag(60_000));
    try (EmbeddedPostgres standby = standby(home)) {
      caughtUp(standby);
      Await.until(
          () -> {
            move.tick();
            return move.row("memory").contains("walreceiver");
          });
      assertEquals("null", move.limitedBy());
    }
    Await.until(
        () -> {
          move.tick();
          return move.budget() == 0;
        });
    move.tick();
    move.tick();
    assertEquals(0.0, move.budget(), "it is remembered");
    assertTrue(
        move.limitedBy().matches("replicationLag cannot be read: replica walreceiver.* is gone .*"),
        move.limitedBy());

    move.engine().bump();
    move.tick();
    assertEquals(1.0, move.budget());
  }

  @Test
  void oneThatIsConfiguredAndDoesNotAnswerStopsEverything() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, lag(60_000));
    postgres
        .databases()
        .replica("app", "replica1:5432", "jdbc:postgresql://127.0.0.1:1/app", new Properties());

    move.tick();

    assertEquals(0.0, move.budget());
    assertEquals(
        "replicationLag cannot be read: replica replica1:5432 cannot be reached", move.limitedBy());
  }

  @Test
  void oneThatIsNoStandbyIsNoReplica() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, lag(60_000));
    postgres.databases().replica("app", "replica1", postgres.jdbcUrl(), new Properties());

    move.tick();

    assertEquals(
        "replicationLag cannot be read: replica replica1 is not a standby", move.limitedBy());
  }

  private static Guards lag(double millis) {
    return new Guards(List.of(new Limit(Signal.REPLICATION_LAG, millis)), List.of(), List.of());
  }

  private static double lagMillis(ThrottledMove move) throws SQLException {
    Double value = move.report().readings().get(0).value();
    return value == null ? -1 : value;
  }

  private EmbeddedPostgres standby(Path home) throws SQLException {
    try (Connection session = postgres.connect()) {
      return postgres
          .server()
          .standby(
              home,
              query -> {
                try {
                  return new Sql(session).one(query, row -> row.getString(1));
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
    }
  }

  private void caughtUp(EmbeddedPostgres standby) throws Exception {
    Concurrently.until(
        postgres,
        "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn())");
    on(standby, "SELECT 1");
  }

  private static void on(EmbeddedPostgres standby, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(standby.jdbcUrl("postgres"))) {
      new Sql(connection).execute(query);
    }
  }
}
