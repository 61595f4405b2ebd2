package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.backfill.Direction;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.AlongTheKey;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A range is compared by one merge of both sides, read along their keys, whatever is believed. */
final class RangePlanTest {
  private static final Moment MOMENT =
      new Moment("3:3:", "", true, Writing.OLD, false, null, List.of(), 0);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  RangePlanTest() {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bigint | bigint | 5",
        "int | bigint | 5",
        "bigint | int | 5",
        "text COLLATE \"C\" | text COLLATE \"C\" | b",
        "varchar(20) | text | b",
        "uuid | uuid | 00000000-0000-0000-0000-000000000005",
        "numeric(10,2) | numeric(10,2) | 5.00",
        "timestamptz | timestamptz | 2026-01-01 00:00:00+00"
      })
  void keysOfOneOrderAreMergedWithoutStatistics(String source, String target, String lo)
      throws SQLException {
    tables("k %s PRIMARY KEY".formatted(source), "k %s PRIMARY KEY".formatted(target));
    merged(plan(new KeyRange(List.of(lo), null)));
    merged(plan(KeyRange.ALL));
  }

  @Test
  void keysOfManyColumnsAreMerged() throws SQLException {
    tables("i int, k text, PRIMARY KEY (i, k)", "i bigint, k text, PRIMARY KEY (i, k)");
    merged(plan(new KeyRange(List.of("1", "a"), List.of("2", "b"))));
  }

  @Test
  void statisticsOfWhatWasThereDoNotMatter() throws SQLException {
    tables("k bigint PRIMARY KEY", "k bigint PRIMARY KEY");
    postgres.run(
        """
        INSERT INTO a SELECT 'v', i FROM generate_series(1, 5000) i;
        INSERT INTO b SELECT * FROM a;
        ANALYZE a; ANALYZE b;
        DELETE FROM a WHERE k > 10;
        TRUNCATE b""");
    merged(plan(new KeyRange(List.of("4000"), null)));
    merged(plan(new KeyRange(null, List.of("10"))));
  }

  @Test
  void keysAreComparedByOneProcess() throws SQLException {
    tables("k bigint PRIMARY KEY", "k bigint PRIMARY KEY");
    postgres.run(
        """
        CREATE SCHEMA kedge;
        CREATE TABLE kedge.log_1_1 (xid xid8, n bigint, k1 bigint, PRIMARY KEY (xid, n));
        INSERT INTO kedge.log_1_1 SELECT '3', i, i FROM generate_series(1, 5000) i""");
    Fragment compare =
        CopySql.compare(direction(), KeySet.of(1, List.of(List.of("7"), List.of("8"))), MOMENT);
    String plan = plan(AlongTheKey.SETTINGS, compare);
    assertTrue(plan.contains("Index Scan using log_1_1_pkey"), plan);
    assertFalse(plan.contains("Gather"), plan);
  }

  private void tables(String source, String target) throws SQLException {
    postgres.run(
        "CREATE TABLE a (v text, %s); CREATE TABLE b (v text, %s)".formatted(source, target));
  }

  private Direction direction() throws SQLException {
    return Direction.forward(1, CopyMove.of(postgres, "a", "b").plan(1));
  }

  private String plan(KeyRange range) throws SQLException {
    return plan(RangeSql.SETTINGS, RangeSql.compare(direction(), range, MOMENT));
  }

  private String plan(String settings, Fragment compare) throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      Sql sql = new Sql(connection);
      sql.execute(Databases.SESSION);
      sql.execute(settings);
      sql.execute(
          "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
              + " SET min_parallel_index_scan_size = 0; SET min_parallel_table_scan_size = 0");
      return String.join(
          "\n", sql.list("EXPLAIN " + compare.text(), row -> row.getString(1), compare.values()));
    }
  }

  private static void merged(String plan) {
    assertTrue(plan.contains("Merge Full Join"), plan);
    for (String bad : List.of("Sort", "Seq Scan", "Hash", "Bitmap", "Gather")) {
      assertFalse(plan.contains(bad), plan);
    }
  }
}
