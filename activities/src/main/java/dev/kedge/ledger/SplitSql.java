package dev.kedge.ledger;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;

/** The statements that find where a table's key space is cut into ranges. */
final class SplitSql {
  // reltuples is -1 before the first ANALYZE; then the size has to do, at a hundred bytes a row.
  static final String ESTIMATE =
      """
      SELECT CASE WHEN reltuples >= 0 THEN reltuples ELSE pg_relation_size(oid) / 100.0 END::bigint
          AS rows,
        reltuples >= 0 AS known,
        greatest(1, pg_relation_size(oid) / current_setting('block_size')::int) AS pages
      FROM pg_class
      WHERE oid = ?::regclass""";

  private SplitSql() {}

  /**
   * Keys that exist and are about equally far apart, in the server's order: the first at or after
   * each chosen bound of the leading column's histogram. Binds how many, schema, table, column.
   */
  static String byHistogram(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    String leading = Quoting.name(key.names().get(0));
    return """
        WITH histogram AS (
          SELECT b.bound::%1$s AS bound, b.place, count(*) OVER () AS bounds, ?::int AS parts
          FROM pg_stats s
          CROSS JOIN LATERAL unnest(s.histogram_bounds::text::text[]) WITH ORDINALITY AS b (bound, place)
          WHERE s.schemaname = ? AND s.tablename = ? AND s.attname = ? AND NOT s.inherited
        ),
        chosen AS (
          SELECT DISTINCT ON (1) place * parts / bounds AS part, bound
          FROM histogram
          WHERE place * parts / bounds BETWEEN 1 AND parts - 1
          ORDER BY 1, place
        )
        SELECT %2$s AS key
        FROM (
          SELECT DISTINCT k.*
          FROM chosen c
          CROSS JOIN LATERAL (
            SELECT %3$s FROM %4$s s WHERE s.%5$s >= c.bound ORDER BY %3$s LIMIT 1
          ) k
        ) k
        ORDER BY %6$s"""
        .formatted(
            key.types().get(0),
            key.asTexts("k."),
            key.list("s."),
            Quoting.table(move.source()),
            leading,
            key.list("k."));
  }

  /** The same from keys of a sample. Binds a percentage of pages, how many, how many. */
  static String bySample(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    return """
        SELECT %1$s AS key
        FROM (
          SELECT DISTINCT ON (k.kedge_part) k.*
          FROM (
            SELECT %2$s, ntile(?::int) OVER (ORDER BY %2$s) AS kedge_part
            FROM %3$s s TABLESAMPLE SYSTEM (?::real)
          ) k
          ORDER BY k.kedge_part, %4$s
        ) k
        WHERE k.kedge_part > 1
        ORDER BY %4$s"""
        .formatted(key.asTexts("k."), key.list("s."), Quoting.table(move.source()), key.list("k."));
  }
}
