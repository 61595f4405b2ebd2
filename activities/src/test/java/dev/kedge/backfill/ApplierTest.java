package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the applier makes equal, and what it must not trip over. */
final class ApplierTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void rowsSwapAndPassOnWhatIsUnique() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text UNIQUE DEFERRABLE);
        CREATE TABLE b (id int PRIMARY KEY, v text UNIQUE);
        INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four')""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));

    postgres.run(
        """
        BEGIN; SET CONSTRAINTS ALL DEFERRED;
        UPDATE a SET v = CASE id WHEN 1 THEN 'two' ELSE 'one' END WHERE id IN (1, 2);
        DELETE FROM a WHERE id = 3; INSERT INTO a VALUES (9, 'three');
        UPDATE a SET id = 8 WHERE id = 4; COMMIT""");
    engine.round();

    assertSame("id::text || v");
  }

  @Test
  void aRowThatOthersReferToSwapsWhatIsUniqueInOneStatement() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text UNIQUE DEFERRABLE);
        CREATE TABLE b (id int PRIMARY KEY, v text UNIQUE);
        CREATE TABLE child (b int REFERENCES b);
        INSERT INTO a VALUES (1, 'one'), (2, 'two')""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));
    postgres.run("INSERT INTO child VALUES (1), (2)");

    postgres.run("UPDATE a SET v = CASE id WHEN 1 THEN 'two' ELSE 'one' END");
    engine.round();

    assertSame("id::text || v");
  }

  @Test
  void rowsThatStopMatchingLeaveAndThoseThatBeginToMatchArrive() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, live bool);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a VALUES (1, 'x', true), (2, 'y', true), (3, 'z', false), (4, 'n', NULL)""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b").where("live"));
    assertEquals("1 2", ids("b"));

    postgres.run("UPDATE a SET live = NOT live WHERE id > 1");
    engine.round();

    assertEquals("1 3", ids("b"));
  }

  @Test
  void aKeyThatIsOnlySpelledOtherwiseIsSpelledSoInTheTarget() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id numeric PRIMARY KEY, v numeric);
        CREATE TABLE b (id numeric PRIMARY KEY, v numeric);
        INSERT INTO a VALUES (1.0, 5.0), (2.0, 5.0)""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));

    postgres.run("UPDATE a SET id = 1.00, v = 5.00 WHERE id = 1");
    engine.round();

    assertSame("id::text || ' ' || v::text");
  }

  @Test
  void aKeyOfACollationThatIgnoresCaseIsSpelledAsInTheSource() throws SQLException {
    postgres.run(
        """
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE a (id text COLLATE nocase PRIMARY KEY, v int);
        CREATE TABLE b (id text COLLATE nocase PRIMARY KEY, v int);
        INSERT INTO a VALUES ('Ann', 1), ('bob', 2)""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));

    postgres.run("UPDATE a SET id = 'ANN' WHERE id = 'ann'; DELETE FROM a WHERE id = 'BOB'");
    engine.round();

    assertEquals("ANN", Fixture.value(postgres, "SELECT string_agg(id, ' ') FROM b"));
  }

  @Test
  void anIdentityThatIsAlwaysGeneratedIsTakenOver() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
        INSERT INTO a VALUES (5, 'x'), (7, 'y')""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));

    postgres.run("UPDATE a SET v = 'z' WHERE id = 5; INSERT INTO a VALUES (6, 'n')");
    engine.round();

    assertEquals("5 6 7", ids("b"));
    assertSame("id::text || v");
  }

  @Test
  void anExpressionMayEndInACommentAndNameItsTable() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, k1 text, u int);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a VALUES (1, 'x', 2)""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b").column("v", "a.k1 || u -- both"));

    postgres.run("UPDATE a SET u = 3");
    engine.round();

    assertEquals("x3", Fixture.value(postgres, "SELECT v FROM b"));
  }

  @Test
  void oneLargeTransactionIsAppliedWhole() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v int);
        CREATE TABLE b (id int PRIMARY KEY, v int);
        INSERT INTO a SELECT i, i FROM generate_series(1, 30000) i""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));

    postgres.run("UPDATE a SET v = v + 1");
    TailRound.Done done = engine.round();

    assertEquals(30_000, done.keys());
    assertSame("id::text || ' ' || v");
  }

  @Test
  void aLargeWindowIsCutBetweenTransactionsAndNothingIsLost() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v int);
        CREATE TABLE b (id int PRIMARY KEY, v int);
        INSERT INTO a SELECT i, 0 FROM generate_series(1, 9000) i""");
    CopyEngine engine = copied(CopyMove.of(postgres, "a", "b"));
    try (java.sql.Connection open = postgres.connect()) {
      open.setAutoCommit(false);
      new dev.kedge.postgres.Sql(open).execute("UPDATE a SET v = -1 WHERE id = 9000");
      for (int i = 0; i < 8; i++) {
        postgres.run("UPDATE a SET v = %d WHERE id BETWEEN %d AND %d".formatted(i, i, i + 1500));
      }
      long first = engine.round().keys();
      open.commit();
      long second = engine.round().keys();
      engine.round();

      assertEquals(true, first < 12_000 && first >= 1_500, first + " and " + second);
      assertEquals(true, second > 0);
    }

    assertSame("id::text || ' ' || v");
  }

  private CopyEngine copied(CopyMove move) throws SQLException {
    CopyEngine engine = CopyEngine.start(postgres, move.plan(1));
    engine.lane();
    engine.round();
    return engine;
  }

  private String ids(String table) throws SQLException {
    return Fixture.value(postgres, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM " + table);
  }

  private void assertSame(String row) throws SQLException {
    String rows = "SELECT string_agg(" + row + ", ',' ORDER BY id) FROM ";
    assertEquals(Fixture.value(postgres, rows + "a"), Fixture.value(postgres, rows + "b"));
  }
}
