package dev.kedge.throttle;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.Guards;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** A copy of table a into b with guards, and its controller at a clock of the test's own. */
final class ThrottledMove {
  private final PostgresExtension postgres;
  private final CopyEngine engine;
  private final Guards guards;
  final AtomicLong ahead = new AtomicLong();

  private ThrottledMove(PostgresExtension postgres, CopyEngine engine, Guards guards) {
    this.postgres = postgres;
    this.engine = engine;
    this.guards = guards;
  }

  /** A table of so many rows, to be copied under these guards. */
  static ThrottledMove start(PostgresExtension postgres, int rows, Guards guards)
      throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, %d) i"""
            .formatted(rows));
    CopyEngine engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    ThrottledMove move = new ThrottledMove(postgres, engine, guards);
    move.guard(guards);
    return move;
  }

  private void guard(Guards all) throws SQLException {
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?",
              Json.of(Map.of("spec", Map.of("guards", Payloads.mapper().valueToTree(all)))));
    }
  }

  CopyEngine engine() {
    return engine;
  }

  MoveScope scope() {
    return engine.scope();
  }

  /** Reads all signals now, whoever has read them when, after the clock went on. */
  void tick(Duration later) throws SQLException {
    ahead.addAndGet(later.toMillis());
    postgres.run(
        "UPDATE kedge.throttle SET checked_at = checked_at - interval '2 seconds', claimed_at = NULL");
    try {
      new Ticker(subject(), Bounds.of(guards), now -> now + ahead.get()).tick();
    } catch (SQLException e) {
      // A lane may hold the row for longer than we wait, where the machine is busy.
      if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
        throw e;
      }
    }
  }

  void tick() throws SQLException {
    tick(Duration.ofSeconds(1));
  }

  Subject subject() throws SQLException {
    return new Subject(
        engine.database(), scope().scope(), engine.ledger().migration(), scope().move().lanes());
  }

  Throttle throttle(int lane) throws SQLException {
    return new Throttles().lane(engine.database(), scope(), engine.ledger().migration(), lane);
  }

  /** A lane's turn beside the test. */
  Concurrently<LaneResult> lane(int number, Duration budget) {
    return Concurrently.start(
        () -> engine.activities().fillRanges(new LaneRequest(scope(), number, budget)));
  }

  double budget() throws SQLException {
    return Double.parseDouble(row("budget"));
  }

  /** What limits, as the status says it. */
  String limitedBy() throws SQLException {
    return String.valueOf(report().limitedBy());
  }

  ThrottleReport report() throws SQLException {
    long id = engine.ledger().migration();
    return subject().run(sql -> ThrottleReport.read(sql, id));
  }

  /** A column of the controller's row; {@code null} as text when it is. */
  String row(String column) throws SQLException {
    return Fixture.value(postgres, "SELECT " + column + "::text FROM kedge.throttle");
  }

  long copied() throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT count(*) FROM b"));
  }
}
