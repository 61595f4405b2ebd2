package dev.kedge.synchronous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.cutover.SyncMove;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys converged under locks while the application writes the same keys, in both orders. */
final class LockingApplierTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private LockingAccess applier;

  LockingApplierTest() {}

  @BeforeEach
  void differing() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text, code text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 10) i""");
    SyncMove sync =
        SyncMove.flipped(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .column("code", "CASE WHEN v LIKE 'c%' THEN v END")
                .synchronous()
                .plan(1));
    applier = new LockingAccess(sync.scope());
    // A stale row, a ghost and a missing row, as an old snapshot leaves them.
    postgres.run(
        """
        SET kedge.applier = 'm';
        UPDATE b SET v = 'stale' WHERE id = 5;
        INSERT INTO b VALUES (50, 'ghost');
        DELETE FROM b WHERE id = 6""");
  }

  @Test
  void whatDiffersIsConvergedAndTheRestIsLeftAlone() throws SQLException {
    long touched = xmin(1);

    assertEquals(Map.of(), applier.apply(postgres.database(), "1", "5", "6", "50"));

    assertSame();
    assertEquals(touched, xmin(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5|UPDATE a SET v = 'new' WHERE id = 5",
        "5|DELETE FROM a WHERE id = 5",
        "5|UPDATE a SET id = 55 WHERE id = 5",
        "5|UPDATE a SET id = 50 WHERE id = 5",
        "6|UPDATE a SET v = 'new' WHERE id = 6",
        "6|DELETE FROM a WHERE id = 6",
        "50|INSERT INTO a VALUES (50, 'new')",
        "50|UPDATE a SET id = 50 WHERE id = 7",
        "5|TRUNCATE a"
      })
  void whoWritesFirstIsNotWaitedForAndNothingIsLost(String key, String statement)
      throws SQLException {
    for (boolean commits : new boolean[] {false, true}) {
      try (Connection application = begin()) {
        new Sql(application).execute(statement);
        applier.apply(postgres.database(), key);
        if (commits) {
          application.commit();
        } else {
          application.rollback();
        }
      }
      applier.apply(postgres.database(), key, "5", "50", "6", "55");
      assertSame();
      if (!commits) {
        spoil();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE a SET v = 'new' WHERE id = 5",
        "DELETE FROM a WHERE id = 5",
        "UPDATE a SET id = 55 WHERE id = 5",
        "DELETE FROM a WHERE id = 5; INSERT INTO a VALUES (5, 'again')"
      })
  void whoWritesWhileAKeyIsConvergedComesAfterIt(String statement) throws Exception {
    for (String level : List.of("READ COMMITTED", "REPEATABLE READ")) {
      Concurrently<Map<List<String>, String>> converging;
      Concurrently<Boolean> writing;
      try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "overtake")) {
        converging = Concurrently.start(() -> applier.apply(postgres.database(), "5"));
        Concurrently.untilWaiting(postgres, "overtake");
        writing =
            Concurrently.start(
                () -> {
                  try (Connection application = begin()) {
                    new Sql(application)
                        .execute(
                            "SET TRANSACTION ISOLATION LEVEL "
                                + level
                                + "; SET application_name = 'writer'; "
                                + statement);
                    application.commit();
                    return true;
                  }
                });
        Concurrently.until(
            postgres,
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'writer'"
                + " AND wait_event_type = 'Lock')");
        hold.letGo();
      }
      assertEquals(Map.of(), converging.result());
      assertTrue(writing.result());
      postgres.run("DROP TRIGGER hold ON kedge.move");
      applier.apply(postgres.database(), "5", "6", "50", "55");
      assertSame();
      postgres.run("TRUNCATE a; INSERT INTO a SELECT i, 'old' FROM generate_series(1, 10) i");
      spoil();
    }
  }

  @Test
  void aReaderWithAnOldSnapshotMayWriteTheRowThatWasLockedForIt() throws SQLException {
    try (Connection application = begin()) {
      Sql sql = new Sql(application);
      sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      sql.first("SELECT count(*) FROM a, b", row -> "");
      applier.apply(postgres.database(), "5", "6");

      sql.execute("UPDATE a SET v = 'mine' WHERE id IN (5, 6)");
      application.commit();
    }
    assertEquals("5=mine 6=mine", rows("a WHERE id IN (5, 6)"));
    applier.apply(postgres.database(), "5", "6", "50");
    assertSame();
  }

  @Test
  void theApplicationIsNeverTheVictimOfADeadlock() throws Exception {
    postgres.run(
        """
        SET kedge.applier = 'm';
        DELETE FROM b WHERE id = 50;
        ALTER TABLE b ADD UNIQUE (code);
        ALTER TABLE a DISABLE TRIGGER USER;
        UPDATE a SET v = 'c1' WHERE id = 5;
        ALTER TABLE a ENABLE ALWAYS TRIGGER kedge_sync_1_1_u""");
    String deadlocks = deadlocks();
    try (Connection application = begin()) {
      Sql sql = new Sql(application);
      sql.execute("SET application_name = 'writer'; UPDATE a SET v = 'c1' WHERE id = 7");
      Concurrently<Map<List<String>, String>> converging =
          Concurrently.start(() -> applier.apply(postgres.database(), "5"));
      Concurrently.untilWaiting(postgres, "overtake");
      sql.execute("UPDATE a SET v = 'c2' WHERE id = 5");
      application.commit();
      converging.result();
    }
    applier.apply(postgres.database(), "5", "6");

    assertEquals(deadlocks, deadlocks());
    assertEquals("5=c2", rows("b WHERE id = 5"));
  }

  @Test
  void whatCannotBeConvergedIsSaidWithItsReason() throws SQLException {
    postgres.run("ALTER TABLE b ADD CHECK (v <> 'refused') NOT VALID");
    postgres.run("UPDATE a SET v = 'refused' WHERE id = 7");

    assertEquals(
        Map.of(List.of("7"), "23514"), applier.apply(postgres.database(), "5", "6", "7", "50"));

    assertEquals("5=old", rows("b WHERE id = 5"));
  }

  private void spoil() throws SQLException {
    postgres.run(
        """
        SET kedge.applier = 'm';
        UPDATE b SET v = 'stale' WHERE id = 5;
        INSERT INTO b VALUES (50, 'ghost') ON CONFLICT DO NOTHING;
        DELETE FROM b WHERE id = 6""");
  }

  private long xmin(int id) throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT xmin FROM b WHERE id = " + id));
  }

  private String deadlocks() throws SQLException {
    return Fixture.value(
        postgres, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }

  private Connection begin() throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres, "SELECT coalesce(string_agg(id || '=' || v, ' ' ORDER BY id), '') FROM " + of);
  }

  private void assertSame() throws SQLException {
    assertEquals(rows("a"), rows("b"));
  }
}
