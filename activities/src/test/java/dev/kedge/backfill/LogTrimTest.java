package dev.kedge.backfill;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.capture.KeyLog;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LogTrimTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private @Nullable MovePlan move;

  @Test
  void aFinishedCompareIsForgottenWhenItKeepsALongLog() throws SQLException {
    long migration = filledLog();
    compare(migration, true);

    assertEquals(0, forget(migration, 5));
    assertEquals(1, forget(migration, 4));
  }

  @Test
  void aCompareUnderWayKeepsWhatItNeeds() throws SQLException {
    long migration = filledLog();
    compare(migration, false);

    assertEquals(0, forget(migration, 0));
  }

  /** A log of six keys. */
  private long filledLog() throws SQLException {
    postgres.run("CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY)");
    move = CopyMove.of(postgres, "a", "b").plan(1);
    CopyEngine engine = CopyEngine.start(postgres, move);
    postgres.run("INSERT INTO a SELECT g FROM generate_series(1, 6) AS g");
    return engine.ledger().migration();
  }

  private void compare(long migration, boolean finished) throws SQLException {
    postgres.run(
        """
        INSERT INTO kedge.comparison (migration, move, range, run, writing, finished, since)
        VALUES (%d, 1, 1, 'r', 'old', %s, pg_current_snapshot())"""
            .formatted(migration, finished));
  }

  private long forget(long migration, long mayStay) throws SQLException {
    try (Connection connection = postgres.connect()) {
      String statement = WindowSql.forgetCompare(KeyLog.forward(migration, requireNonNull(move)));
      return new Sql(connection).update(statement, migration, 1, migration, 1, mayStay);
    }
  }
}
