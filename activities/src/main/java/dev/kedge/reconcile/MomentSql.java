package dev.kedge.reconcile;

/** The statements of {@link Snapshots}. */
final class MomentSql {
  static final String MOMENT =
      """
      SELECT pg_current_snapshot()::text AS snapshot,
        concat_ws(' ', s.oid, pg_relation_filenode(s.oid), t.oid, pg_relation_filenode(t.oid),
          (SELECT string_agg(j.oid || ' ' || pg_relation_filenode(j.oid), ' ' ORDER BY j.oid)
            FROM unnest(n.oids) AS j (oid))) AS files,
        coalesce(m.source_oid = s.oid AND m.target_oid = t.oid AND m.joined_oids = n.oids, false)
          AS ours,
        m.writing, r.cursor,
        coalesce(r.state = 'open', false) OR ?::int IS NULL AND EXISTS (
          SELECT FROM kedge.range o
          WHERE o.migration = m.migration AND o.move = m.move AND o.state = 'open') AS open
      FROM kedge.move m
      CROSS JOIN (SELECT ?::regclass::oid AS oid) s
      CROSS JOIN (SELECT ?::regclass::oid AS oid) t
      CROSS JOIN (SELECT ?::text[]::regclass[]::oid[] AS oids) n
      LEFT JOIN kedge.range r
        ON r.migration = m.migration AND r.move = m.move AND r.range = ?
      WHERE m.migration = ? AND m.move = ?""";

  // A range in the tail has what the tail applied. Of a range that has applied nothing, nothing is
  // filled either.
  static final String APPLIED =
      """
      SELECT DISTINCT CASE WHEN r.state = 'tail' THEN t.applied ELSE r.applied END::text AS applied
      FROM kedge.range r
      LEFT JOIN kedge.tail t USING (migration, move)
      WHERE r.migration = ? AND r.move = ? AND r.range = coalesce(?, r.range)
        AND CASE WHEN r.state = 'tail' THEN t.applied ELSE r.applied END IS NOT NULL""";

  private MomentSql() {}
}
