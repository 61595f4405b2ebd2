package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.ledger.Claim;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A copy that trails beside one transaction of the application, at each of its isolation levels.
 */
@Timeout(60)
final class IsolationTest {
  /** All that one transaction may do to rows that are copied. */
  private static final String EVERYTHING =
      """
      DELETE FROM a WHERE id = 20;
      UPDATE a SET v = 'NEW' WHERE id = 30;
      UPDATE a SET id = 15 WHERE id = 80;
      UPDATE a SET id = 85 WHERE id = 40;
      DELETE FROM a WHERE id = 50; INSERT INTO a VALUES (50, 'again');
      INSERT INTO a VALUES (55, 'NEW');
      SAVEPOINT s; DELETE FROM a WHERE id = 60; UPDATE a SET v = 'no' WHERE id = 70; ROLLBACK TO s""";

  private static final String AFTER =
      "10=old 15=old 30=NEW 50=again 55=NEW 60=old 70=old 85=old 90=old 100=old";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private CopyEngine engine;

  IsolationTest() {}

  @BeforeEach
  void makeTables() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, v text NOT NULL);
        INSERT INTO a SELECT 10 * i, 'old' FROM generate_series(1, 10) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itIsOpenWhileTheChunkRuns(String level) throws SQLException {
    try (Connection application = begin(level)) {
      run(application, EVERYTHING);
      engine.fill(engine.claim("x"), 100);
      engine.round();
      application.commit();
    }
    engine.round();

    assertSame(AFTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itIsRolledBackAfterTheChunk(String level) throws SQLException {
    String before = rows("a");
    try (Connection application = begin(level)) {
      run(application, EVERYTHING);
      engine.fill(engine.claim("x"), 100);
      engine.round();
      application.rollback();
    }
    engine.round();

    assertSame(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itBeginsAndCommitsInsideTheChunksStatement(String level) throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    try (Hold hold = Hold.on(postgres, 50)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 100));
      Concurrently.untilWaiting(postgres, "fill");
      try (Connection application = begin(level)) {
        run(application, EVERYTHING);
        application.commit();
      }
      hold.letGo();
    }
    chunk.result();
    engine.round();

    assertSame(AFTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itIsOlderThanTheChunkAndWritesAfterIt(String level) throws SQLException {
    try (Connection application = begin(level)) {
      engine.fill(engine.claim("x"), 100);
      engine.round();
      run(application, EVERYTHING);
      engine.round();
      application.commit();
    }
    engine.round();

    assertSame(AFTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itIsOlderThanTheTriggersThatCapture(String level) throws SQLException {
    postgres.run(
        "CREATE TABLE public.c (LIKE a INCLUDING ALL); INSERT INTO public.c SELECT * FROM a");
    postgres.run("CREATE TABLE public.d (LIKE a INCLUDING ALL)");
    try (Connection application = begin(level)) {
      new Sql(application).one("SELECT count(*) FROM c", row -> row.getLong(1));
      postgres.run("UPDATE kedge.migration SET ended_at = now()");
      CopyEngine later = CopyEngine.start(postgres, CopyMove.of(postgres, "c", "d").plan(1));
      later.fill(later.claim("x"), 100);
      run(application, EVERYTHING.replace(" a ", " c "));
      application.commit();
      later.round();
    }
    assertEquals(AFTER, rows("c"));
    assertEquals(AFTER, rows("d"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itCommitsInsideARound(String level) throws Exception {
    Claim claim = engine.fill(engine.claim("x"), 100).orElseThrow();
    assertTrue(!claim.isOpen());
    postgres.run("UPDATE a SET v = 'one' WHERE id = 50");
    Concurrently<Boolean> round;
    try (Connection application = begin(level);
        Hold hold = Hold.on(postgres, 50)) {
      run(application, EVERYTHING.replaceAll("(DELETE|INSERT)[^;]*50[^;]*;", ""));
      round =
          Concurrently.start(
              () -> {
                engine.round();
                return true;
              });
      Concurrently.untilWaiting(postgres, "tail");
      application.commit();
      hold.letGo();
    }
    assertTrue(round.result());
    engine.round();

    assertSame(AFTER.replace("50=again", "50=one"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void itWaitsForNobodyAndIsNobodysVictim(String level) throws SQLException {
    try (Connection application = begin(level)) {
      run(application, "SET LOCAL lock_timeout = 1; UPDATE a SET v = 'NEW' WHERE id = 70");
      engine.fill(engine.claim("x"), 100);
      engine.round();
      run(application, "UPDATE a SET v = 'NEW' WHERE id = 30; DELETE FROM a WHERE id = 10");
      engine.round();
      application.commit();
    }
    engine.round();

    assertEquals(
        "0",
        Fixture.value(
            postgres, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
    assertSame("20=old 30=NEW 40=old 50=old 60=old 70=NEW 80=old 90=old 100=old");
  }

  /** A transaction that has its snapshot, and has written nothing. */
  private Connection begin(String level) throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    run(connection, "SET TRANSACTION ISOLATION LEVEL " + level);
    new Sql(connection).one("SELECT count(*) FROM a", row -> row.getLong(1));
    return connection;
  }

  private static void run(Connection connection, String statements) throws SQLException {
    new Sql(connection).execute(statements);
  }

  private void assertSame(String expected) throws SQLException {
    assertEquals(expected, rows("a"));
    assertEquals(expected, rows("b"));
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(postgres, "SELECT string_agg(id || '=' || v, ' ' ORDER BY id) FROM " + of);
  }
}
