package dev.kedge.backfill;

/** The statements that find what of a copy's target is built after the copy. */
final class DeferredSql {
  // The applier finds rows by the key's index. What others refer to, are replicated or clustered
  // by,
  // or what has statistics of its own, stays too: it could not be made again as it was, or not
  // without them.
  static final String INDEXES =
      """
      WITH target AS (
        SELECT ?::regclass AS oid
      ),
      key AS (
        SELECT i.indexrelid
        FROM target t
        JOIN pg_index i ON i.indrelid = t.oid
        WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL
          AND ARRAY(
            SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = ANY (?)
          ) <@ i.indkey::int2[]
        ORDER BY i.indisprimary DESC, i.indnkeyatts
        LIMIT 1
      )
      SELECT CASE WHEN c.oid IS NULL THEN 'INDEX' ELSE 'UNIQUE' END AS kind, r.relname AS name,
        quote_ident(n.nspname) || '.' || quote_ident(r.relname) AS object,
        pg_get_indexdef(i.indexrelid) AS index,
        CASE
          WHEN c.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED'
          WHEN c.condeferrable THEN ' DEFERRABLE'
          ELSE ''
        END AS definition,
        obj_description(c.oid, 'pg_constraint') AS comment,
        obj_description(i.indexrelid, 'pg_class') AS index_comment
      FROM target t
      JOIN pg_index i ON i.indrelid = t.oid
      JOIN pg_class r ON r.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace
      LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = t.oid
        AND c.contype = 'u'
      WHERE i.indexrelid NOT IN (SELECT k.indexrelid FROM key k)
        AND r.relkind = 'i'
        AND i.indisvalid AND NOT i.indisprimary AND NOT i.indisexclusion AND NOT i.indisreplident
        AND NOT i.indisclustered AND r.reltablespace = 0
        AND NOT EXISTS (
          SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
        AND NOT EXISTS (
          SELECT FROM pg_attribute s
          WHERE s.attrelid = i.indexrelid AND coalesce(s.attstattarget, -1) <> -1)
      ORDER BY r.relname""";

  static final String FOREIGN_KEYS =
      """
      SELECT 'FOREIGN' AS kind, c.conname AS name, '' AS object, '' AS index,
        pg_get_constraintdef(c.oid) AS definition, obj_description(c.oid, 'pg_constraint') AS comment,
        NULL AS index_comment
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid AND t.relkind = 'r'
      WHERE c.conrelid = ?::regclass AND c.contype = 'f' AND c.conparentid = 0
      ORDER BY c.conname""";

  static final String STORE =
      """
      INSERT INTO kedge.move (migration, move, deferred)
      VALUES (?, ?, ?)
      ON CONFLICT (migration, move) DO UPDATE
      SET deferred = EXCLUDED.deferred""";

  static final String STORED = "SELECT deferred FROM kedge.move WHERE migration = ? AND move = ?";

  static final String FILLERS =
      """
      SELECT o.move
      FROM kedge.move m
      JOIN kedge.move o ON o.migration = m.migration AND o.target_oid = m.target_oid
      WHERE m.migration = ? AND m.move = ?
      ORDER BY o.move""";

  /** Whether every move into the target has built them. Binds migration and move. */
  static final String RESTORED =
      """
      SELECT NOT EXISTS (
        SELECT
        FROM kedge.move m
        JOIN kedge.move o ON o.migration = m.migration AND o.target_oid = m.target_oid
        WHERE m.migration = ? AND m.move = ? AND NOT EXISTS (
          SELECT
          FROM kedge.step s
          WHERE s.migration = o.migration AND s.step = 'backfill/restoreIndexes/' || o.move
            AND s.state = 'done')) AS restored""";

  private DeferredSql() {}
}
