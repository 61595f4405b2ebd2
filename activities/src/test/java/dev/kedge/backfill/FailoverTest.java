package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.ledger.Claim;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.PostgresRegistryActivities;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A standby is promoted that never got the last commits of the primary. */
final class FailoverTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  FailoverTest() {}

  @Test
  void rowsAndLedgerGoBackTogetherAndTheLostChunksAreCopiedAgain(@TempDir Path home)
      throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 1000) i""");
    CopyEngine engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").chunk(Duration.ofSeconds(10)).plan(1));
    Claim claim = fill(engine, engine.claim("x"), 3);
    postgres.run("UPDATE a SET v = 'before' WHERE id = 5");
    engine.apply(claim);
    claim = engine.ledger().reread(claim.range());
    // Captured, and not applied by anybody yet.
    postgres.run("UPDATE a SET v = 'captured' WHERE id = 250");

    try (Connection session = postgres.connect();
        EmbeddedPostgres standby = postgres.server().standby(home, one(session))) {
      disconnect(standby);

      postgres.run("UPDATE a SET v = 'lost' WHERE id = 5; DELETE FROM a WHERE id = 6");
      Claim lost = fill(engine, claim, 3);
      engine.apply(lost);
      engine.bump();
      assertEquals("600 599", ledgerAndRows());
      long last = xid();

      promote(standby);
      postgres.failOverTo(standby);

      assertTrue(xid() < last, "no id is given again: nothing was lost");
      assertEquals("300 300", ledgerAndRows());
      postgres.run(
          """
          UPDATE a SET v = 'after' WHERE id IN (7, 299, 550);
          DELETE FROM a WHERE id = 8;
          INSERT INTO a VALUES (0, 'first'), (2000, 'last')""");

      long epoch = fence(engine);
      assertTrue(epoch > engine.scope().scope().epoch(), "given twice: " + epoch);
      engine.at(epoch);
      assertEquals(Outcome.DONE, engine.lane().outcome());
      engine.round();
      assertEquals("0", differences());
      assertEquals("before", Fixture.value(postgres, "SELECT v FROM b WHERE id = 5"));
      assertEquals("captured", Fixture.value(postgres, "SELECT v FROM b WHERE id = 250"));
      assertStopsByName(engine);
    }
  }

  private static Claim fill(CopyEngine engine, Claim from, int chunks) throws SQLException {
    Claim claim = from;
    for (int i = 0; i < chunks; i++) {
      claim = engine.fill(claim, 100).orElseThrow();
    }
    return claim;
  }

  /** The next step of the walk, which may rest on what was lost. */
  private static void assertStopsByName(CopyEngine engine) {
    ApplicationFailure stop =
        assertThrows(
            ApplicationFailure.class, () -> engine.activities().restoreIndexes(engine.scope()));
    assertEquals(Failures.REFUSED, stop.getType());
    assertTrue(stop.getOriginalMessage().startsWith("KD3004"), stop.getOriginalMessage());
  }

  private long fence(CopyEngine engine) {
    return new PostgresRegistryActivities(
            postgres.databases(),
            (sql, name) -> {
              throw new UnsupportedOperationException();
            })
        .fence(new FenceRequest(engine.scope().scope(), true, "failover"));
  }

  /** It has all that was committed so far, and gets nothing more. */
  private void disconnect(EmbeddedPostgres standby) throws Exception {
    String lsn = Fixture.value(postgres, "SELECT pg_current_wal_insert_lsn()::text");
    // What is committed without waiting reaches the log a moment later.
    postgres.run("CHECKPOINT");
    try (Connection connection = DriverManager.getConnection(standby.jdbcUrl("postgres"))) {
      Sql sql = new Sql(connection);
      until(sql, "SELECT pg_last_wal_replay_lsn() >= '" + lsn + "'::pg_lsn");
      sql.execute("ALTER SYSTEM SET primary_conninfo = ''");
      sql.first("SELECT pg_reload_conf()", row -> "");
      until(sql, "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL)");
    }
  }

  private static void promote(EmbeddedPostgres standby) throws SQLException {
    try (Connection connection = DriverManager.getConnection(standby.jdbcUrl("postgres"))) {
      until(new Sql(connection), "SELECT pg_promote(true, 60)");
    }
  }

  private static void until(Sql sql, String query) throws SQLException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!sql.one(query, row -> row.getBoolean(1))) {
      assertTrue(System.nanoTime() < deadline, "never true: " + query);
      Thread.onSpinWait();
    }
  }

  private static EmbeddedPostgres.Query one(Connection session) {
    return query -> {
      try {
        return new Sql(session).one(query, row -> row.getString(1));
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private String ledgerAndRows() throws SQLException {
    return Fixture.value(
        postgres, "SELECT (SELECT sum(rows) FROM kedge.range) || ' ' || (SELECT count(*) FROM b)");
  }

  private String differences() throws SQLException {
    return Fixture.value(
        postgres,
        """
        SELECT (SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) x)
          + (SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) y)""");
  }

  private long xid() throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT pg_current_xact_id()::text"));
  }
}
