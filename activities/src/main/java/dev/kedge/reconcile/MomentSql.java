package dev.kedge.reconcile;

/** The statements of {@link Snapshots}. */
final class MomentSql {
  // Of a range that was cut in two since the compare began nothing is ours to say.
  // A range in the tail has what the tail applied. Of a range that has applied nothing, nothing is
  // filled either. The files are those of the tables and of the log: others mean that rows, or what
  // was captured, came or went unseen; of a partitioned side the tree says so.
  static final String MOMENT =
      """
      SELECT pg_current_snapshot()::text AS snapshot,
        concat_ws(' ', s.oid, pg_relation_filenode(s.oid), t.oid, pg_relation_filenode(t.oid),
          (SELECT string_agg(j.oid || ' ' || pg_relation_filenode(j.oid), ' ' ORDER BY j.oid)
            FROM unnest(n.oids) AS j (oid)),
          g.oid, pg_relation_filenode(g.oid), md5(m.tree)) AS files,
        coalesce(m.source_oid = s.oid AND m.target_oid = t.oid AND m.joined_oids = n.oids, false)
          AND NOT EXISTS (
            SELECT
            FROM kedge.comparison c
            WHERE c.migration = r.migration AND c.move = r.move AND c.range = r.range
              AND (c.lo IS DISTINCT FROM r.lo OR c.hi IS DISTINCT FROM r.hi)) AS ours,
        m.writing, r.cursor,
        coalesce(r.state = 'open', false) OR k.range IS NULL AND EXISTS (
          SELECT FROM kedge.range o
          WHERE o.migration = m.migration AND o.move = m.move AND o.state = 'open') AS open,
        (SELECT array_agg(DISTINCT a.applied)
          FROM (
            SELECT CASE WHEN o.state = 'tail' THEN l.applied ELSE o.applied END::text AS applied
            FROM kedge.range o
            LEFT JOIN kedge.tail l USING (migration, move)
            WHERE o.migration = m.migration AND o.move = m.move
              AND o.range = coalesce(k.range, o.range)
          ) a
          WHERE a.applied IS NOT NULL) AS applied,
        coalesce((SELECT sum(turn) FROM kedge.tail
            WHERE migration = m.migration AND move = m.move), 0)
          + coalesce((SELECT sum(turn) FROM kedge.range
            WHERE migration = m.migration AND move = m.move), 0) AS mark
      FROM (SELECT ?::bigint AS migration, ?::int AS move, ?::int AS range) k
      JOIN kedge.move m USING (migration, move)
      CROSS JOIN (SELECT ?::regclass::oid AS oid) s
      CROSS JOIN (SELECT ?::regclass::oid AS oid) t
      CROSS JOIN (SELECT ?::text[]::regclass[]::oid[] AS oids) n
      CROSS JOIN (SELECT to_regclass(?::text)::oid AS oid) g
      LEFT JOIN kedge.range r
        ON r.migration = m.migration AND r.move = m.move AND r.range = k.range""";

  private MomentSql() {}
}
