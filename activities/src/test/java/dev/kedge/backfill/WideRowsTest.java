package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A chunk's bytes are bounded before they are written. */
final class WideRowsTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @Test
  void oneVeryWideRowIsAChunkOfItsOwn() throws SQLException {
    tables("doc bytea", "decode(repeat('ab', 20), 'hex')", 3_000);
    postgres.run(
        """
        ALTER TABLE a ALTER doc SET STORAGE EXTERNAL;
        ALTER TABLE b ALTER doc SET STORAGE EXTERNAL;
        UPDATE a SET doc = decode(repeat('ab', 20 * 1024 * 1024), 'hex') WHERE id = 1500""");

    assertEquals(List.of(1499L, 1L, 1500L), chunks(10_000));

    assertEquals(
        "3000 20971520",
        Fixture.value(postgres, "SELECT count(*) || ' ' || max(length(doc)) FROM b"));
  }

  @Test
  void ofManyWideRowsAChunkHasAsManyAsItsBytesAllow() throws SQLException {
    tables("doc bytea", "decode(repeat('ab', 300 * 1024), 'hex')", 0);
    postgres.run(
        """
        ALTER TABLE a ALTER doc SET STORAGE EXTERNAL;
        INSERT INTO a SELECT i, decode(repeat('ab', 300 * 1024), 'hex') FROM generate_series(1, 40) i""");

    assertEquals(List.of(13L, 13L, 13L, 1L), chunks(10_000));
  }

  @Test
  void rowsThatKeepTheirValuesAreSampled() throws SQLException {
    tables("doc text", "'-'", 0);
    postgres.run(
        """
        ALTER TABLE a ALTER doc SET STORAGE PLAIN;
        INSERT INTO a SELECT i, repeat('x', 7000) FROM generate_series(1, 2000) i""");

    List<Long> chunks = chunks(10_000);

    assertEquals(List.of(596L, 596L, 596L, 212L), chunks);
  }

  @Test
  void whatIsLeftOutIsNotCounted() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, doc bytea, n int);
        ALTER TABLE a ALTER doc SET STORAGE EXTERNAL;
        CREATE TABLE b (id int PRIMARY KEY, n int);
        INSERT INTO a SELECT i, decode(repeat('ab', 300 * 1024), 'hex') FROM generate_series(1, 40) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));

    assertEquals(List.of(40L), chunks(10_000));
  }

  @Test
  void narrowRowsAreNeitherCountedNorHeldBack() throws SQLException {
    tables("doc text", "'v' || i", 5_000);

    Width width =
        engine
            .database()
            .inTransaction(
                dev.kedge.postgres.Transaction.readCommitted("m", "look"),
                sql -> Width.of(sql, engine.scope().move(), dev.kedge.projection.KeyRange.ALL));

    assertEquals(List.of(), width.counted());
    assertEquals(50_000, width.atMost(50_000));
  }

  @Test
  void aLaneGetsThroughThemAll() throws SQLException {
    tables("doc bytea", "'-'", 5_000);
    postgres.run(
        """
        ALTER TABLE a ALTER doc SET STORAGE EXTERNAL;
        UPDATE a SET doc = decode(repeat('ab', 200 * 1024 * (1 + id % 3)), 'hex') WHERE id % 100 < 3;
        UPDATE a SET doc = decode(repeat('ab', 20 * 1024 * 1024), 'hex') WHERE id = 4000""");

    assertEquals(Outcome.DONE, engine.lane().outcome());
    engine.round();

    String rows = "SELECT count(*) || ' ' || sum(length(doc)) FROM ";
    assertEquals(Fixture.value(postgres, rows + "a"), Fixture.value(postgres, rows + "b"));
  }

  private void tables(String column, String value, int rows) throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, %1$s);
        CREATE TABLE b (id int PRIMARY KEY, %1$s);
        INSERT INTO a SELECT i, %2$s FROM generate_series(1, %3$d) i"""
            .formatted(column, value, rows));
    engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").chunk(Duration.ofSeconds(10)).plan(1));
  }

  /** The rows of each chunk when so many are asked for. */
  private List<Long> chunks(long rows) throws SQLException {
    Ledger ledger = engine.ledger();
    Chunk chunk = new Chunk(engine.database(), ledger, new CopyFiller(), 1);
    Claim claim = engine.claim("x");
    List<Long> chunks = new ArrayList<>();
    while (claim.isOpen()) {
      chunk.look(claim);
      Chunk.Filled filled = chunk.fill(claim, chunk.atMost(rows)).orElseThrow();
      chunks.add(filled.walked());
      claim = filled.claim();
    }
    return chunks;
  }
}
