package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How finished ranges come into the tail, whose keys are read since when, and what locks guard. */
final class TailInterleavingTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  TailInterleavingTest() {}

  @BeforeEach
  void twoRanges() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT 10 * i, 'old' FROM generate_series(1, 10) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
    engine.cutAt("50");
  }

  @Test
  void aRangeThatJoinsBringsItsOwnWindow() throws SQLException {
    Claim one = engine.fill(engine.claim("one"), 3).orElseThrow();
    engine.fill(engine.claim("two"), 100);
    postgres.run("UPDATE a SET v = 'NEW' WHERE id = 20");
    engine.round();
    engine.fill(one, 100);

    engine.round();

    assertEquals("20=NEW", rows("b WHERE id = 20"));
    assertSame();
  }

  @Test
  void snapshotsAreNotOrdered() throws SQLException {
    Connection oldest = begin();
    run(oldest, "SELECT pg_current_xact_id()");
    Connection writer = begin();
    run(writer, "UPDATE a SET v = 'NEW' WHERE id = 20");
    Connection newest = begin();
    run(newest, "SELECT pg_current_xact_id()");
    Claim one = engine.claim("one");
    engine.fill(one, 100);
    writer.commit();
    engine.fill(engine.claim("two"), 100);

    engine.round();

    newest.close();
    oldest.close();
    assertEquals("20=NEW", rows("b WHERE id = 20"));
    assertSame();
  }

  @Test
  void aRangeFinishedDuringARoundIsNotPassedOver() throws Exception {
    engine.fill(engine.claim("one"), 100);
    Claim two = engine.fill(engine.claim("two"), 2).orElseThrow();
    engine.round();
    postgres.run("UPDATE a SET v = 'round' WHERE id = 30; UPDATE a SET v = 'NEW' WHERE id = 60");
    Concurrently<TailRound.Done> round;
    try (Hold hold = Hold.on(postgres, 30)) {
      round = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      engine.fill(two, 100);
      hold.letGo();
    }
    round.result();

    engine.round();

    assertEquals("60=NEW", rows("b WHERE id = 60"));
    assertSame();
  }

  @Test
  void rowsBeyondTheLastKeyThatWasCopiedArrive() throws SQLException {
    engine.fill(engine.claim("one"), 100);
    engine.fill(engine.claim("two"), 100);
    engine.round();

    postgres.run("INSERT INTO a VALUES (1000, 'above'), (-1000, 'below'), (50000, 'far')");
    engine.round();

    assertSame();
  }

  @Test
  void rowsThatChangeTheirRangeArriveOnce() throws SQLException {
    Claim one = engine.fill(engine.claim("one"), 2).orElseThrow();
    Claim two = engine.fill(engine.claim("two"), 2).orElseThrow();
    postgres.run(
        """
        UPDATE a SET id = 55 WHERE id = 10;
        UPDATE a SET id = 15 WHERE id = 60;
        UPDATE a SET id = 45 WHERE id = 100;
        UPDATE a SET id = 95 WHERE id = 40""");
    assertTrue(engine.apply(one));
    engine.fill(one.nextTurn(), 100);
    engine.round();
    assertTrue(engine.apply(two));
    engine.fill(two.nextTurn(), 100);

    engine.round();

    assertSame();
  }

  @Test
  void aRewriteOfTheSourceWaitsForTheRound() throws Exception {
    engine.fill(engine.claim("one"), 100);
    engine.fill(engine.claim("two"), 100);
    engine.round();
    postgres.run("UPDATE a SET v = 'NEW' WHERE id = 30");
    Concurrently<TailRound.Done> round;
    Concurrently<Boolean> rewrite;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "tail")) {
      round = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      rewrite =
          Concurrently.start(
              () -> {
                postgres.run("ALTER TABLE a ALTER COLUMN v TYPE varchar(10) USING v || ''");
                return true;
              });
      Concurrently.until(
          postgres,
          """
          SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted)
            OR EXISTS (SELECT FROM pg_attribute
              WHERE attrelid = 'a'::regclass AND atttypid = 'varchar'::regtype)""");
      hold.letGo();
    }
    round.result();
    assertTrue(rewrite.result());

    assertEquals("10", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertEquals("30=NEW", rows("b WHERE id = 30"));
  }

  @Test
  void twoRoundsAtOnceDoNotBothApply() throws Exception {
    engine.fill(engine.claim("one"), 100);
    engine.fill(engine.claim("two"), 100);
    engine.round();
    postgres.run("UPDATE a SET v = 'NEW' WHERE id = 30");
    Concurrently<TailRound.Done> first;
    Concurrently<TailRound.Done> second;
    try (Hold hold = Hold.on(postgres, 30)) {
      first = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      second = Concurrently.start(engine::round);
      Concurrently.until(
          postgres,
          "SELECT count(*) = 2 FROM pg_stat_activity WHERE application_name = 'kedge:m:tail'"
              + " AND wait_event_type = 'Lock'");
      hold.letGo();
    }
    first.result();

    SQLException refused = assertThrows(SQLException.class, second::result);
    assertTrue(java.util.Set.of("40001", "55P03").contains(refused.getSQLState()));
    assertSame();
  }

  @Test
  void whatATrimRemovesNobodyNeeds() throws SQLException {
    Claim one = engine.fill(engine.claim("one"), 3).orElseThrow();
    postgres.run("CREATE PUBLICATION everything FOR ALL TABLES");
    postgres.run("UPDATE a SET v = 'early' WHERE id = 20");
    engine.fill(engine.claim("two"), 100);
    engine.round();
    try (Connection reader = begin()) {
      run(reader, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      run(reader, "SELECT 1 FROM a");
      assertEquals("1", trimmedLog());

      assertTrue(engine.apply(one));
      engine.fill(one.nextTurn(), 100);
      engine.round();
      assertEquals("0", trimmedLog());
      // An open compare still sees what it needs.
      assertEquals(
          "1", new Sql(reader).one("SELECT count(*) FROM kedge.log_1_1", row -> row.getString(1)));
    }
    assertSame();
  }

  @Test
  void aRangeIsTakenOverOnlyWhenFilled() throws SQLException {
    Claim one = engine.fill(engine.claim("one"), 3).orElseThrow();
    engine.round();

    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM kedge.range WHERE state = 'tail'"));
    assertTrue(engine.fill(one, 100).isPresent());
    engine.round();
    assertEquals(
        "1", Fixture.value(postgres, "SELECT count(*) FROM kedge.range WHERE state = 'tail'"));
    assertEquals(Optional.empty(), engine.fill(one, 100));
  }

  private String trimmedLog() throws SQLException {
    String trim = WindowSql.trim(dev.kedge.capture.KeyLog.forward(1, engine.scope().move()));
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update(trim, 1, 1, 1, 1, 1, 1);
    }
    return Fixture.value(postgres, "SELECT count(*) FROM kedge.log_1_1");
  }

  private Connection begin() throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void run(Connection connection, String statement) throws SQLException {
    new Sql(connection).execute(statement);
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres, "SELECT coalesce(string_agg(id || '=' || v, ' ' ORDER BY id), '') FROM " + of);
  }

  private void assertSame() throws SQLException {
    assertEquals(rows("a"), rows("b"));
  }
}
