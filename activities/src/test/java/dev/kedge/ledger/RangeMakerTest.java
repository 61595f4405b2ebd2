package dev.kedge.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ranges are even where the rows are, whatever the statistics say. */
final class RangeMakerTest {
  private static final String SIZES =
      """
      SELECT count(*) || ' ' || max(n) || ' ' || sum(n)
      FROM (
        SELECT (SELECT count(*) FROM a
          WHERE (r.lo IS NULL OR (k, id) > (r.lo[1]::int, r.lo[2]::bigint))
            AND (r.hi IS NULL OR (k, id) <= (r.hi[1]::int, r.hi[2]::bigint))) AS n
        FROM kedge.range r) s""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  RangeMakerTest() {}

  @Test
  void withoutStatistics() throws SQLException {
    rows("INSERT INTO a SELECT 1, i FROM generate_series(1, 10000) i");
    assertEquals("20 501 10000", ranges(500));
  }

  @Test
  void whenNearlyAllRowsAreInATinyPartOfTheKeySpace() throws SQLException {
    rows(
        """
        INSERT INTO a SELECT 7, i FROM generate_series(1, 9500) i;
        INSERT INTO a SELECT i, i * 900000000000 FROM generate_series(1, 500) i;
        ANALYZE a""");
    assertEquals("20 501 10000", ranges(500));
  }

  @Test
  void whenTheStatisticsAreOfRowsThatAreGone() throws SQLException {
    rows(
        """
        INSERT INTO a SELECT 1, i FROM generate_series(1, 30000) i;
        ANALYZE a;
        DELETE FROM a;
        INSERT INTO a SELECT 900, -i FROM generate_series(1, 10000) i""");
    assertEquals("20 501 10000", ranges(500));
  }

  @Test
  void aSmallTableIsOneRangeThoughTheStatisticsSayOtherwise() throws SQLException {
    rows(
        """
        INSERT INTO a SELECT 1, i FROM generate_series(1, 30000) i;
        ANALYZE a;
        DELETE FROM a WHERE id > 100""");
    assertEquals("1 100 100", ranges(500));
  }

  @Test
  void aLargeTableHasManyLargerRangesAndNoMoreThanSoMany() throws SQLException {
    rows("INSERT INTO a SELECT i % 3, i FROM generate_series(1, 10000) i");
    assertEquals("64 158 10000", ranges(60));
    postgres.run("DROP SCHEMA kedge CASCADE");
    assertEquals("256 41 10000", ranges(1));
  }

  @Test
  void anEmptyTableIsOneRange() throws SQLException {
    rows("");
    assertEquals("1 0 0", ranges(1));
  }

  private void rows(String inserts) throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (k int, id bigint, v text, PRIMARY KEY (k, id))
        WITH (autovacuum_enabled = off);
        CREATE TABLE b (k int, id bigint, v text, PRIMARY KEY (k, id));
        """
            + inserts);
  }

  private String ranges(long rowsPerRange) throws SQLException {
    MoveScope scope = Fixture.register(postgres, "m", CopyMove.of(postgres, "a", "b").plan(1));
    postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "test"),
            sql -> {
              RangeMaker.make(sql, 1, scope.move(), 1, rowsPerRange);
              return true;
            });
    return Fixture.value(postgres, SIZES);
  }
}
