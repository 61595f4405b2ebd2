package dev.kedge.ledger;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that find where a table's key space is cut into ranges. */
final class SplitSql {
  // Of a partitioned table its leaves, which alone autovacuum looks at. reltuples is -1 before the
  // first ANALYZE; then the size has to do, at a hundred bytes a row.
  static final String ESTIMATE =
      """
      WITH t AS (
        SELECT ?::regclass AS oid
      )
      SELECT sum(
            CASE WHEN reltuples >= 0 THEN reltuples ELSE pg_relation_size(oid) / 100.0 END)::bigint
          AS rows,
        bool_and(reltuples >= 0 OR relkind = 'p') AS known,
        greatest(1, sum(pg_relation_size(oid)) / current_setting('block_size')::int)::bigint AS pages
      FROM pg_class
      WHERE relkind <> 'p' AND oid IN (
        SELECT oid FROM t
        UNION ALL
        SELECT p.relid FROM t CROSS JOIN LATERAL pg_partition_tree(t.oid) p)""";

  private SplitSql() {}

  /**
   * Keys that exist and are about equally many rows apart, in the server's order: of a sample,
   * which shows where the rows are now; statistics say where they were, of a key's first column,
   * and nothing before the first ANALYZE. How many is for the sample to say, too. Binds the
   * percentage of pages that are read, the most ranges, the most small ranges, the rows of a small
   * range and of a large one, and how many rows one of the sample stands for.
   */
  static String bySample(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    return """
        WITH sample AS MATERIALIZED (
          SELECT %1$s FROM %2$s s TABLESAMPLE SYSTEM (?::real)
        ),
        size AS (
          SELECT least(?::int, greatest(least(?::int, rows / ?::bigint), rows / ?::bigint, 1))::int
              AS parts
          FROM (SELECT (count(*) * ?::float8)::bigint AS rows FROM sample) c
        )
        SELECT %3$s AS key
        FROM (
          SELECT DISTINCT ON (k.kedge_part) k.*
          FROM (
            SELECT %4$s, ntile((SELECT parts FROM size)) OVER (ORDER BY %4$s) AS kedge_part
            FROM sample s
          ) k
          ORDER BY k.kedge_part, %5$s
        ) k
        WHERE k.kedge_part > 1
        ORDER BY %5$s"""
        .formatted(
            key.list("s."),
            Quoting.table(move.source()),
            key.asTexts("k."),
            key.list("s."),
            key.list("k."));
  }

  /**
   * The open range with most rows left, a key in their middle, and how many there are: of a sample
   * of so many percent of the pages. No row when none has at least so many. Binds the percentage,
   * migration, move and epoch, how many rows one of the sample stands for, and the least.
   */
  static String largestLeft(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    return """
        WITH sample AS MATERIALIZED (
          SELECT %1$s FROM %2$s s TABLESAMPLE SYSTEM (?::real)
        ),
        left_over AS MATERIALIZED (
          SELECT r.range, r.cursor IS NULL AS low, r.hi IS NULL AS high, %3$s, %4$s
          FROM kedge.range r
          WHERE r.migration = ? AND r.move = ? AND r.epoch = ? AND r.state = 'open'
        ),
        found AS (
          SELECT l.range, %5$s AS key,
            row_number() OVER (PARTITION BY l.range ORDER BY %1$s) AS n,
            count(*) OVER (PARTITION BY l.range) AS rows
          FROM left_over l
          JOIN sample s ON (l.low OR (%1$s) > (%6$s)) AND (l.high OR (%1$s) <= (%7$s))
        )
        SELECT range, key
        FROM found
        WHERE n = (rows + 1) / 2 AND rows * ?::float8 >= ?::bigint
        ORDER BY rows DESC
        LIMIT 1"""
        .formatted(
            key.list("s."),
            Quoting.table(move.source()),
            typed(key, "cursor"),
            typed(key, "hi"),
            key.asTexts("s."),
            numbered(key, "l.cursor"),
            numbered(key, "l.hi"));
  }

  /**
   * Takes the row of a range that has keys on both sides of one; waits for what the owner writes.
   * Binds migration, move, range and epoch, and the key's columns, twice.
   */
  static String take(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    return """
        SELECT r.hi, r.pass
        FROM kedge.range r
        WHERE r.migration = ? AND r.move = ? AND r.range = ? AND r.epoch = ? AND r.state = 'open'
          AND (r.cursor IS NULL OR (%1$s) < (%2$s))
          AND (r.hi IS NULL OR (%3$s) > (%2$s))
        FOR UPDATE"""
        .formatted(cast(key, "cursor"), binds(key), cast(key, "hi"));
  }

  static final String END =
      """
      UPDATE kedge.range
      SET hi = ?::text[], turn = turn + 1
      WHERE migration = ? AND move = ? AND range = ?""";

  static final String INSERT_REST =
      """
      WITH made AS (
        INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, pass, epoch)
        SELECT ?, ?, max(range) + 1, ?::text[], ?::text[], ?::text[], ?, ?
        FROM kedge.range
        WHERE migration = ? AND move = ?
        RETURNING migration, move, range
      )
      INSERT INTO kedge.lease (migration, move, range)
      SELECT migration, move, range FROM made""";

  // FOR SHARE: a bump of the epoch waits, and then finds the new range, too.
  static final String CURRENT =
      "SELECT id FROM kedge.migration WHERE id = ? AND epoch = ? AND open FOR SHARE";

  private static String typed(KeySide key, String bound) {
    return each(
        key, i -> "(r.%1$s)[%2$d]::%3$s AS %1$s%2$d".formatted(bound, i, key.types().get(i - 1)));
  }

  private static String cast(KeySide key, String bound) {
    return each(key, i -> "(r.%s)[%d]::%s".formatted(bound, i, key.types().get(i - 1)));
  }

  private static String binds(KeySide key) {
    return each(key, i -> "?::" + key.types().get(i - 1));
  }

  private static String numbered(KeySide key, String prefix) {
    return each(key, i -> prefix + i);
  }

  private static String each(KeySide key, IntFunction<String> column) {
    return IntStream.rangeClosed(1, key.types().size())
        .mapToObj(column)
        .collect(Collectors.joining(", "));
  }
}
