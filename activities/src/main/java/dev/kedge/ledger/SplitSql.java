package dev.kedge.ledger;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;

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
}
