package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Long rounds over a table that the application's cascades write, too. */
@Timeout(60)
final class PiecesTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  PiecesTest() {}

  @BeforeEach
  void copied() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE a (
          id int PRIMARY KEY, v text, u text UNIQUE,
          p int NOT NULL REFERENCES p ON DELETE CASCADE);
        CREATE TABLE b (
          id int PRIMARY KEY, v text, u text UNIQUE,
          p int NOT NULL REFERENCES p ON DELETE CASCADE);
        INSERT INTO p SELECT i FROM generate_series(1, 10) i;
        INSERT INTO a SELECT i, 'old', i, 1 + i % 10 FROM generate_series(1, 6000) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.lane();
    engine.round();
  }

  @Test
  void whatACascadeKeepsFromComingThroughWholeComesInPieces() throws Exception {
    restored();
    postgres.run("UPDATE a SET v = 'new'");

    roundThatMeetsACascade();

    assertEquals("5400", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'new'"));
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b WHERE p = 3"));
    engine.round();
    assertSame();
  }

  @Test
  void piecesAreNotWhatIsAppliedYet() throws Exception {
    restored();
    String applied = applied();
    postgres.run("UPDATE a SET v = 'new'");

    roundThatMeetsACascade();

    assertEquals(applied, applied());
    postgres.run("UPDATE a SET v = 'newer' WHERE id % 7 = 0");
    engine.round();
    assertSame();
  }

  @Test
  void uniqueValuesThatPassThroughPiecesTakeTheirRowsAlong() throws Exception {
    restored();
    // In rings of three rows that are far apart.
    postgres.run(
        """
        CREATE TEMP TABLE ring AS
          SELECT a.id, o.u FROM a JOIN a o ON o.id = 1 + (a.id + 1999) % 6000 WHERE a.id % 10 = 5;
        UPDATE a SET u = 'tmp' || id, v = 'ring' WHERE id % 10 = 5;
        UPDATE a SET v = 'ring' WHERE id % 10 <> 5;
        UPDATE a SET u = ring.u FROM ring WHERE ring.id = a.id""");

    roundThatMeetsACascade();

    assertEquals("5400", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'ring'"));
    engine.round();
    assertSame();
  }

  @Test
  void uniqueIndexesThatAreNotBuiltYetWantTheRoundWhole() throws Exception {
    postgres.run("UPDATE a SET v = 'new'");

    roundThatMeetsACascade();

    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'new'"));
    engine.round();
    assertSame();
  }

  @Test
  void aRoundThatMeetsAnotherOneLeavesTheKeysToIt() throws Exception {
    restored();
    postgres.run("UPDATE a SET v = 'new'");
    try (Connection other = postgres.connect()) {
      other.setAutoCommit(false);
      new Sql(other).execute("UPDATE kedge.tail SET turn = turn + 1");
      Concurrently<TailRound.Done> round = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      other.commit();
      assertEquals("40001", assertThrows(SQLException.class, () -> round.result()).getSQLState());
    }

    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'new'"));
    engine.round();
    assertSame();
  }

  // Its snapshot is older than the cascade, and rows that the cascade deletes are in its window.
  private void roundThatMeetsACascade() throws Exception {
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "tail")) {
      Concurrently<TailRound.Done> round = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      postgres.run("DELETE FROM p WHERE id = 3");
      hold.letGo();
      assertEquals("40001", assertThrows(SQLException.class, () -> round.result()).getSQLState());
    }
  }

  private void restored() throws SQLException {
    postgres.run(
        "INSERT INTO kedge.step (migration, step, epoch, state)"
            + " SELECT id, 'backfill/restoreIndexes/1', epoch, 'done' FROM kedge.migration");
  }

  private String applied() throws SQLException {
    return Fixture.value(postgres, "SELECT applied::text FROM kedge.tail");
  }

  private void assertSame() throws SQLException {
    assertEquals(
        "0",
        Fixture.value(postgres, "SELECT count(*) FROM (SELECT * FROM a EXCEPT SELECT * FROM b) x"));
    assertEquals(
        Fixture.value(postgres, "SELECT count(*) FROM a"),
        Fixture.value(postgres, "SELECT count(*) FROM b"));
  }
}
