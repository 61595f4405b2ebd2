package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Scope;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each signal as the server shows it, and what hides it. */
final class SignalsTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Scope scope = new Scope("m", "app", 1);
  private Memory memory = Memory.NONE;
  private long now = 1_000_000;

  SignalsTest() {}

  @BeforeEach
  void registers() throws SQLException {
    scope = Fixture.register(postgres, "m");
  }

  @Test
  void whoHidesTheSessionsOfOthersStopsWhatLooksAtThem() throws SQLException {
    postgres.run(
        """
        DROP ROLE IF EXISTS blind;
        CREATE ROLE blind LOGIN;
        GRANT USAGE ON SCHEMA kedge TO blind;
        GRANT SELECT ON ALL TABLES IN SCHEMA kedge TO blind""");
    Databases databases =
        new Databases()
            .add(
                "app", postgres.jdbcUrl().replace("user=kedge", "user=blind"), new Properties(), 2);
    try (databases) {
      Subject subject = new Subject(databases.get("app"), scope, 1, 2);
      for (Signal signal :
          EnumSet.of(
              Signal.REPLICATION_LAG,
              Signal.ACTIVE_SESSIONS,
              Signal.OLDEST_XMIN,
              Signal.AUTOVACUUM)) {
        Value value = reading(subject).of(new Limit(signal, 1));
        assertNull(value.number(), signal.label());
        assertEquals(
            "role blind may not see other sessions; GRANT pg_monitor TO blind", value.problem());
      }
      assertEquals(0.0, reading(subject).of(new Limit(Signal.DIFFERENCES, 1)).number());
    } finally {
      postgres.run("DROP OWNED BY blind; DROP ROLE blind");
    }
  }

  @Test
  void whatTheControlSchemaLacksIsNotKnown() throws SQLException {
    postgres.run("DROP TABLE kedge.finding");

    Value value = read(Signal.DIFFERENCES);

    assertNull(value.number());
    assertTrue(String.valueOf(value.problem()).contains("42P01"), value.problem());
  }

  @Test
  void openDifferencesCount() throws SQLException {
    postgres.run(
        """
        INSERT INTO kedge.finding (migration, move, key, kind, closed_at)
        SELECT id, 1, ARRAY[k], 'missing', CASE WHEN k = 'c' THEN now() END
        FROM kedge.migration, unnest(ARRAY['a', 'b', 'c']) k""");

    assertEquals(2.0, read(Signal.DIFFERENCES).number());
  }

  @Test
  void moreNewDifferencesWithEachRoundAreBeyondEveryBound() throws SQLException {
    rounds(1, 5, 1, 2, 3);
    assertEquals(2147483647.0, read(Signal.DIFFERENCES).number());
    rounds(1, 5, 1, 2, 2);
    assertEquals(0.0, read(Signal.DIFFERENCES).number());
    rounds(1, 5, 0, 1, 2);
    assertEquals(0.0, read(Signal.DIFFERENCES).number());
    // Of two moves, taken together; and of rounds before the latest resume.
    rounds(1, 1, 2);
    postgres.run(
        "INSERT INTO kedge.round (migration, move, epoch, found, open) SELECT id, 2, epoch, 3, 3 FROM kedge.migration");
    assertEquals(0.0, read(Signal.DIFFERENCES).number());
    rounds(0, 1, 2, 3);
    assertEquals(0.0, read(Signal.DIFFERENCES).number());
  }

  private void rounds(int epoch, int... found) throws SQLException {
    postgres.run("DELETE FROM kedge.round");
    for (int each : found) {
      postgres.run(
          "INSERT INTO kedge.round (migration, move, epoch, found, open) SELECT id, 1, %d, %d, 0 FROM kedge.migration"
              .formatted(epoch, each));
    }
  }

  @Test
  void sessionsThatRunAStatementCountOursNot() throws Exception {
    double before = number(Signal.ACTIVE_SESSIONS);
    try (Connection one = postgres.connect();
        Connection ours = postgres.connect()) {
      new Sql(ours).execute("SET application_name = 'kedge:m:fill'");
      Concurrently<String> busy = busy(one);
      Concurrently<String> also = busy(ours);
      Concurrently.until(
          postgres,
          "SELECT count(*) = 2 FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'");

      assertEquals(before + 1, number(Signal.ACTIVE_SESSIONS));
      postgres.run(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
      busy.result();
      also.result();
    }
  }

  private static Concurrently<String> busy(Connection connection) {
    return Concurrently.start(
        () -> {
          try {
            new Sql(connection).execute("SELECT pg_sleep(30)");
            return "";
          } catch (SQLException e) {
            return "cancelled";
          }
        });
  }

  @Test
  void whoWaitsForOursIsCountedAfterATenthOfASecondWhoWaitsForOthersNot() throws Exception {
    postgres.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    try (Connection ours = postgres.connect();
        Connection theirs = postgres.connect();
        Connection first = postgres.connect();
        Connection second = postgres.connect()) {
      hold(ours, "SET application_name = 'kedge:m:fill'", 1);
      hold(theirs, "SET application_name = 'kedge:other:fill'", 2);
      Concurrently<String> behindUs = update(first, 1);
      Concurrently<String> behindThem = update(second, 2);
      Concurrently.until(
          postgres,
          """
          SELECT count(*) = 2 FROM pg_locks
          WHERE NOT granted AND waitstart < clock_timestamp() - interval '110 milliseconds'""");

      assertEquals(1.0, read(Signal.BLOCKED_BY_US).number());
      ours.rollback();
      theirs.rollback();
      behindUs.result();
      behindThem.result();
      assertEquals(0.0, read(Signal.BLOCKED_BY_US).number());
    }
  }

  private static void hold(Connection connection, String name, int id) throws SQLException {
    Sql sql = new Sql(connection);
    sql.execute(name);
    connection.setAutoCommit(false);
    sql.update("UPDATE t SET id = id WHERE id = ?", id);
  }

  private static Concurrently<String> update(Connection connection, int id) {
    return Concurrently.start(
        () -> {
          new Sql(connection).update("UPDATE t SET id = id WHERE id = ?", id);
          return "";
        });
  }

  @Test
  void walPerSecondIsThatOfTheWholeServer() throws SQLException {
    double first = number(Signal.WAL_PER_SECOND);
    assertTrue(first < 1_000_000, "was " + first);
    postgres.run("CREATE TABLE w AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)");
    now += 1_000;

    double rate = number(Signal.WAL_PER_SECOND);

    assertTrue(rate > 2_000_000, "was " + rate);
  }

  @Test
  void anOldSnapshotAgesWithEachTransaction() throws SQLException {
    try (Connection old = postgres.connect()) {
      old.setAutoCommit(false);
      new Sql(old)
          .execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()");
      for (int i = 0; i < 50; i++) {
        postgres.run("SELECT pg_current_xact_id()");
      }

      double age = number(Signal.OLDEST_XMIN);
      assertTrue(age >= 50, "was " + age);
    }
  }

  @Test
  void aPreparedTransactionAgesToo() throws SQLException {
    postgres.run("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'");
    try {
      for (int i = 0; i < 50; i++) {
        postgres.run("SELECT pg_current_xact_id()");
      }
      double age = number(Signal.OLDEST_XMIN);
      assertTrue(age >= 50, "was " + age);
    } finally {
      postgres.run("ROLLBACK PREPARED 'forgotten'");
    }
  }

  @Test
  void aSlotThatNobodyReadsKeepsWal() throws SQLException {
    assertEquals(0.0, read(Signal.SLOT_RETENTION).number());
    postgres.run("SELECT pg_create_physical_replication_slot('idle', true)");
    try {
      postgres.run("CREATE TABLE w AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)");
      double kept = number(Signal.SLOT_RETENTION);
      assertTrue(kept > 2_000_000, "was " + kept);
    } finally {
      postgres.run("SELECT pg_drop_replication_slot('idle')");
    }
  }

  @Test
  void theSizeOfTheDatabaseIsMeasuredEveryHalfMinute() throws SQLException {
    double size = number(Signal.DATABASE_SIZE);
    assertTrue(size > 1_000_000, "was " + size);
    postgres.run("CREATE TABLE w AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
    now += 29_000;
    assertEquals(size, number(Signal.DATABASE_SIZE));
    now += 1_000;
    assertTrue(number(Signal.DATABASE_SIZE) > size + 5_000_000);
  }

  @Test
  void aCommitThatWasNotMadeHasNoLatency() {
    assertEquals("no commit was made", read(Signal.COMMIT_LATENCY).problem());
  }

  @Test
  void aRunningAutovacuumOfOurTableCountsAndThatOfAnotherNot() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE other (id int PRIMARY KEY, v text);
        INSERT INTO kedge.move (migration, move, source_oid, target_oid)
        SELECT id, 1, 'a'::regclass, 'a'::regclass FROM kedge.migration""");
    for (String table : new String[] {"other", "a"}) {
      postgres.run(
          """
          INSERT INTO %1$s SELECT i, repeat('x', 200) FROM generate_series(1, 20000) i;
          ALTER TABLE %1$s SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
            autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
          DELETE FROM %1$s"""
              .formatted(table));
    }
    postgres.run("ALTER SYSTEM SET autovacuum_naptime = 1");
    postgres.run("SELECT pg_reload_conf()");
    try {
      Concurrently.until(
          postgres,
          "SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'a'::regclass)");
      assertEquals(1.0, read(Signal.AUTOVACUUM).number());
    } finally {
      postgres.run("ALTER SYSTEM RESET autovacuum_naptime");
      postgres.run("SELECT pg_reload_conf()");
    }
  }

  private Value read(Signal signal) {
    Subject subject = new Subject(postgres.database(), scope, 1, 2);
    Signals signals = reading(subject);
    Value value = signals.of(new Limit(signal, 1));
    memory = signals.memory(State.FRESH);
    return value;
  }

  private double number(Signal signal) {
    Value value = read(signal);
    return Objects.requireNonNull(value.number(), String.valueOf(value.problem()));
  }

  private Signals reading(Subject subject) {
    return new Signals(subject, new Signals.Tick(now, 1_000, false, -1, memory));
  }
}
