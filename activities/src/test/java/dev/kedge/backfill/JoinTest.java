package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One target row from rows of several sources: halves that change beside each other. */
final class JoinTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  JoinTest() {}

  @BeforeEach
  void threeTables() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE orders (id int PRIMARY KEY, v text);
        CREATE TABLE totals (order_id int PRIMARY KEY, total int);
        CREATE TABLE notes (id int PRIMARY KEY, v text);
        CREATE TABLE sales (id int PRIMARY KEY, v text, total int, note text);
        INSERT INTO orders SELECT i, 'o' || i FROM generate_series(1, 10) i;
        INSERT INTO totals SELECT i, 10 * i FROM generate_series(2, 11) i;
        INSERT INTO notes SELECT i, 'n' || i FROM generate_series(1, 12, 2) i""");
    engine = CopyEngine.start(postgres, move());
  }

  private MovePlan move() throws SQLException {
    return CopyMove.of(postgres, "orders", "sales")
        .join("totals")
        .joinOptional("notes")
        .column("total", "public.held(id, total)")
        .column("note", "notes_v")
        .chunk(Duration.ofSeconds(10))
        .plan(1);
  }

  @Test
  void aRowIsMadeOfWhatTheTablesHaveOfItsKey() throws SQLException {
    fill();

    assertSame();
    assertEquals("2=o2/20/- 3=o3/30/n3", rows("id IN (1, 2, 3, 11)"));
  }

  @Test
  void whatHappensToAHalfHappensToTheRow() throws SQLException {
    fill();
    postgres.run(
        """
        DELETE FROM notes WHERE id = 3;
        DELETE FROM totals WHERE order_id = 4;
        DELETE FROM orders WHERE id = 5;
        INSERT INTO totals VALUES (1, 10);
        INSERT INTO notes VALUES (6, 'late');
        UPDATE notes SET id = 8 WHERE id = 7;
        UPDATE totals SET total = -1 WHERE order_id = 9;
        INSERT INTO orders VALUES (11, 'o11')""");
    engine.round();

    assertSame();
    assertEquals(
        "1=o1/10/n1 3=o3/30/- 6=o6/60/late 8=o8/80/n7 11=o11/110/n11",
        rows("id IN (1, 3, 4, 5, 6, 8, 11)"));
  }

  @Test
  void anEmptiedTableEmptiesWhatItGave() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    postgres.run("TRUNCATE notes");
    assertTrue(engine.apply(claim));
    assertEquals("2=o2/20/- 3=o3/30/-", rows("id IN (2, 3)"));
    engine.fill(claim.nextTurn(), 100);
    engine.round();
    assertSame();

    postgres.run("TRUNCATE totals; INSERT INTO totals VALUES (7, 7)");
    engine.round();
    assertEquals("7=o7/7/-", rows("true"));
  }

  @Test
  void aHalfThatChangesInsideTheChunksStatementIsNotLost() throws Exception {
    Claim claim = engine.claim("x");
    Concurrently<Optional<Claim>> chunk;
    try (Hold hold = Hold.on(postgres, 5)) {
      chunk = Concurrently.start(() -> engine.fill(claim, 100));
      Concurrently.untilWaiting(postgres, "fill");
      postgres.run(
          """
          UPDATE totals SET total = 0 WHERE order_id = 2;
          DELETE FROM totals WHERE order_id = 3;
          INSERT INTO totals VALUES (1, 1);
          DELETE FROM notes WHERE id = 9""");
      hold.letGo();
    }
    chunk.result();
    engine.round();

    assertSame();
  }

  @Test
  void aChangedHalfAboveTheCursorIsTheNextChunks() throws SQLException {
    Claim claim = engine.fill(engine.claim("x"), 5).orElseThrow();
    postgres.run(
        "UPDATE totals SET total = 1 WHERE order_id IN (3, 8); DELETE FROM notes WHERE id IN (1, 9)");
    assertTrue(engine.apply(claim));
    assertEquals("3=o3/1/n3", rows("id IN (1, 3, 8)"));
    engine.fill(claim.nextTurn(), 100);
    engine.round();

    assertSame();
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void halvesThatChangeTogetherMeetInTheRow(String level) throws SQLException {
    fill();
    for (boolean firstFirst : new boolean[] {true, false}) {
      try (Connection one = begin(level);
          Connection other = begin(level)) {
        // Each sees the other's half as it was.
        run(one, "UPDATE orders SET v = 'new' || %s WHERE id = 3".formatted(firstFirst));
        run(other, "UPDATE totals SET total = total + 1 WHERE order_id = 3");
        (firstFirst ? one : other).commit();
        engine.round();
        (firstFirst ? other : one).commit();
      }
      engine.round();
      assertSame();
    }
    assertEquals("3=newfalse/32/n3", rows("id = 3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void halvesThatComeTogetherMakeTheRow(String level) throws SQLException {
    fill();
    for (int id : new int[] {101, 102}) {
      try (Connection one = begin(level);
          Connection other = begin(level)) {
        run(one, "INSERT INTO orders VALUES (%d, 'x')".formatted(id));
        run(other, "INSERT INTO totals VALUES (%d, 5)".formatted(id));
        (id == 101 ? one : other).commit();
        engine.round();
        (id == 101 ? other : one).commit();
      }
      engine.round();
    }
    assertEquals("101=x/5/- 102=x/5/-", rows("id > 100"));
    assertSame();
  }

  @Test
  void nobodyCopiesWhileAJoinedTableIsNotCaptured() throws SQLException {
    postgres.run("ALTER TABLE notes DISABLE TRIGGER USER; ALTER TABLE notes ENABLE TRIGGER USER");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> engine.claim("x"));

    assertEquals("CatalogDiffers", failure.getType());
    assertTrue(failure.getMessage().contains("notes"), failure.getMessage());
  }

  @Test
  void aRoundKeepsRewritesOfJoinedTablesOutBeforeItsSnapshot() throws Exception {
    fill();
    postgres.run("UPDATE orders SET v = 'x' WHERE id = 5");
    Concurrently<TailRound.Done> round;
    // At the fence nothing was read yet.
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "tail")) {
      round = Concurrently.start(() -> engine.round());
      Concurrently.untilWaiting(postgres, "tail");
      assertEquals(
          "{notes,orders,totals}",
          Fixture.value(
              postgres,
              """
              SELECT array_agg(DISTINCT c.relname ORDER BY c.relname)
              FROM pg_locks l
              JOIN pg_stat_activity a USING (pid)
              JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r'
              WHERE a.application_name = 'kedge:m:tail' AND l.mode = 'AccessShareLock'
                AND c.relname IN ('notes', 'orders', 'totals')"""));
      hold.letGo();
    }
    round.result();
    assertSame();
  }

  @Test
  void allThatWasInstalledIsRemoved() throws SQLException {
    fill();
    engine.capture().removeCapture(engine.scope());

    postgres.run("UPDATE totals SET total = 1; TRUNCATE notes; DELETE FROM sales");
    assertEquals(
        "0",
        Fixture.value(
            postgres,
            """
            SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'kedge%')
              + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'kedge'::regnamespace)"""));
  }

  @Test
  void aJoinedKeyInAnotherOrderIsRefused() throws SQLException {
    postgres.run(
        """
        CREATE TABLE public.a (k text COLLATE "C" PRIMARY KEY, v int);
        CREATE TABLE public.j (k text COLLATE "POSIX" PRIMARY KEY, w int);
        CREATE TABLE public.b (k text COLLATE "C" PRIMARY KEY, v int, w int)""");
    ApplicationFailure failure =
        assertThrows(
            ApplicationFailure.class,
            () -> engine.beside(CopyMove.of(postgres, "a", "b").join("j").plan(2)));
    assertTrue(failure.getMessage().contains("key column k of public.j"), failure.getMessage());
  }

  // Without statistics, and with: no statement of a range or a key reads a whole joined table.
  @Test
  void noStatementReadsAWholeJoinedTable() throws SQLException {
    postgres.run(
        """
        CREATE TABLE public.a (x int, y int, v int, PRIMARY KEY (x, y));
        CREATE TABLE public.j (p int, q int, w int, PRIMARY KEY (p, q));
        CREATE TABLE public.o (p int, q int, z int, PRIMARY KEY (p, q));
        CREATE TABLE public.b (x int, y int, v int, w int, z int, PRIMARY KEY (x, y));
        INSERT INTO public.a SELECT i / 100, i, i FROM generate_series(1, 50000) i;
        INSERT INTO public.j SELECT i / 100, i, i FROM generate_series(1, 50000) i;
        INSERT INTO public.o SELECT i / 100, i, i FROM generate_series(1, 50000) i""");
    Projection projection =
        Projection.forward(CopyMove.of(postgres, "a", "b").join("j").joinOptional("o").plan(2));
    Fragment range =
        projection.rows(new KeyRange(List.of("100", "10000"), List.of("101", "10150")));
    KeySet keys = KeySet.of(2, List.of(List.of("7", "700"), List.of("9", "900")));
    Fragment key =
        Fragment.of("WITH ").then(projection.keys(keys)).then("\n").then(projection.rows(keys));
    for (String statistics : List.of("", "ANALYZE public.a, public.j, public.o")) {
      postgres.run(statistics);
      assertFalse(plan(range).contains("Seq Scan on"), plan(range));
      assertFalse(plan(key).contains("Seq Scan on"), plan(key));
      assertEquals(150, count(range));
      assertEquals(2, count(key));
    }
  }

  private String plan(Fragment query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return String.join(
          "\n",
          new Sql(connection)
              .list("EXPLAIN " + query.text(), row -> row.getString(1), query.values()));
    }
  }

  private int count(Fragment query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).list(query.text(), row -> "", query.values()).size();
    }
  }

  private void fill() throws SQLException {
    assertEquals(Outcome.DONE, engine.lane().outcome());
    engine.round();
  }

  private Connection begin(String level) throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    run(connection, "SET TRANSACTION ISOLATION LEVEL " + level);
    run(connection, "SELECT count(*) FROM orders, totals, notes WHERE false");
    return connection;
  }

  private static void run(Connection connection, String statement) throws SQLException {
    new Sql(connection).execute(statement);
  }

  private static final String ROWS =
      """
      SELECT coalesce(
        string_agg(id || '=' || v || '/' || total || '/' || coalesce(note, '-'), ' ' ORDER BY id), '')
      FROM %s
      WHERE %s""";

  private String rows(String where) throws SQLException {
    return Fixture.value(postgres, ROWS.formatted("sales", where));
  }

  private void assertSame() throws SQLException {
    assertEquals(
        Fixture.value(
            postgres,
            ROWS.formatted(
                """
                (SELECT s.id, s.v, t.total, n.v AS note
                  FROM orders s JOIN totals t ON t.order_id = s.id LEFT JOIN notes n ON n.id = s.id) x""",
                "true")),
        rows("true"));
  }
}
