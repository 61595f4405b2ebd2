package dev.kedge.bench.run;

import dev.kedge.bench.measure.BenchDatabase;
import java.sql.SQLException;

/**
 * The table most is measured on: about 120 bytes a row with its share of the page, a bigint key,
 * and a projection that changes three of its five columns.
 */
final class Orders {
  static final String SOURCE = "orders";

  /** What the target's columns are, over a source row. */
  static final String STATUS =
      "CASE status WHEN 'new' THEN 1 WHEN 'paid' THEN 2 WHEN 'shipped' THEN 3 ELSE 0 END::smallint";

  static final String AMOUNT = "(cents / 100.0)::numeric(12,2)";
  static final String CODE = "code::text";

  private static final String[] INDEXES = {
    "CREATE INDEX %1$s_code ON %1$s (code)",
    "CREATE INDEX %1$s_amount ON %1$s (amount)",
    "CREATE INDEX %1$s_status ON %1$s (status, amount)"
  };

  private Orders() {}

  /** Makes and fills the source, as old as a table in production: frozen, with statistics. */
  static void load(BenchDatabase database, long rows) throws SQLException {
    load(database, SOURCE, rows);
  }

  static void load(BenchDatabase database, String table, long rows) throws SQLException {
    database.execute(
        """
        CREATE TABLE %s (
          id bigint PRIMARY KEY, status text NOT NULL, cents bigint NOT NULL, code char(16) NOT NULL,
          note text NOT NULL)"""
            .formatted(table),
        """
        INSERT INTO %s
        SELECT i, (ARRAY['new', 'paid', 'shipped', 'lost'])[1 + i %% 4],
          abs(hashint8extended(i, 1)) %% 10000000,
          lpad(to_hex(abs(hashint8extended(i, 2))), 16, '0'),
          'note ' || i || ' ' || md5(i::text) || '!'
        FROM generate_series(1::bigint, %d) i"""
            .formatted(table, rows),
        "VACUUM (FREEZE, ANALYZE) " + table);
  }

  /** A copy of the source, just as old: for what changes it. */
  static void copy(BenchDatabase database, String table) throws SQLException {
    database.execute(
        "CREATE TABLE %s (LIKE %s INCLUDING ALL)".formatted(table, SOURCE),
        "INSERT INTO %s SELECT * FROM %s".formatted(table, SOURCE),
        "VACUUM (FREEZE, ANALYZE) " + table);
  }

  /** The target as it is made by hand. */
  static String target(String table) {
    return """
        CREATE TABLE %s (
          id bigint PRIMARY KEY, status smallint NOT NULL, amount numeric(12,2) NOT NULL,
          code text NOT NULL, note text NOT NULL)"""
        .formatted(table);
  }

  /** Three secondary indexes of such a table. */
  static String[] indexes(String table) {
    String[] statements = new String[INDEXES.length];
    for (int i = 0; i < INDEXES.length; i++) {
      statements[i] = INDEXES[i].formatted(table);
    }
    return statements;
  }

  /** The limit: all rows by one statement. */
  static String insertSelect(String table) {
    return "INSERT INTO %s (id, status, amount, code, note)\nSELECT id, %s, %s, %s, note\nFROM %s"
        .formatted(table, STATUS, AMOUNT, CODE, SOURCE);
  }

  /**
   * The migration that makes and fills such a table.
   *
   * @param table the target, which its {@code expand} makes
   * @param indexed whether with the indexes
   */
  static String spec(String table, boolean indexed, int lanes, String chunk) {
    StringBuilder expand = new StringBuilder("  - " + oneLine(target(table)) + "\n");
    if (indexed) {
      for (String index : indexes(table)) {
        expand.append("  - ").append(index).append('\n');
      }
    }
    return """
        kedge: 1
        migration: %s
        owner: bench
        database: app
        expand:
        %smoves:
          - from: %s
            to: %s
            columns:
              status: "%s"
              amount: "%s"
              code: "%s"
        backfill: { lanes: %d, chunk: %s }
        """
        .formatted(
            table.replace('_', '-'), expand, SOURCE, table, STATUS, AMOUNT, CODE, lanes, chunk);
  }

  /** The migration that fills a new column of such a table. */
  static String specInPlace(String table) {
    return """
        kedge: 1
        migration: %s
        owner: bench
        database: app
        expand:
          - %s
        moves:
          - from: %s
            to: %s
            columns: { amount: "%s" }
        backfill: { lanes: 1, chunk: 50ms }
        """
        .formatted(table.replace('_', '-'), addAmount(table), table, table, AMOUNT);
  }

  static String addAmount(String table) {
    return "ALTER TABLE " + table + " ADD COLUMN amount numeric(12,2)";
  }

  private static String oneLine(String statement) {
    return statement.replaceAll("\\s+", " ");
  }
}
