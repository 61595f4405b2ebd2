package dev.kedge.schema;

/** The statements that read what a table does when its rows are written. */
final class ReactionSql {
  // 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead. Names fire in the
  // order
  // of their bytes; ours begin with zzzz_kedge_both or zzzz_kedge_fill.
  static final String TRIGGERS =
      """
      SELECT t.tgname AS name,
        concat_ws(' ',
          CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END,
          concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END,
            CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
            CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
            CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END),
          'EXECUTE', t.tgfoid::regproc::text) AS text,
        t.tgenabled AS enabled,
        t.tgtype & 3 = 3 AS before_row,
        t.tgtype & 16 <> 0 AS on_update,
        ARRAY(SELECT a.attname::text
          FROM unnest(t.tgattr::int2[]) k
          JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k
          ORDER BY a.attnum) AS update_of,
        substring(pg_get_triggerdef(t.oid) FROM ' WHEN \\((.*)\\) EXECUTE (?:FUNCTION|PROCEDURE) ')
          AS condition,
        t.tgtype & 3 = 3 AND t.tgtype & 20 > 0
          AND t.tgname::text COLLATE "C" > 'zzzz_kedge_both' AS after_ours
      FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE t.tgrelid = ?::oid AND NOT t.tgisinternal AND n.nspname <> 'kedge'
      ORDER BY t.tgname""";

  // ev_type 2 is UPDATE.
  static final String RULES =
      """
      SELECT rulename AS name
      FROM pg_rewrite
      WHERE ev_class = ?::oid AND ev_type = '2' AND ev_enabled <> 'D'
      ORDER BY rulename""";

  static final String CONSTRAINTS =
      """
      SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition,
        ARRAY(SELECT coalesce(a.attname::text, '')
          FROM unnest(c.conkey) k
          LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k AND k > 0)
          AS columns
      FROM pg_constraint c
      WHERE c.conrelid = ?::oid AND c.contype IN ('c', 'f', 'x')
      ORDER BY c.conname""";

  // Columns of expressions and predicates are dependencies of an index, like those of its key.
  static final String INDEXES =
      """
      SELECT c.relname AS name,
        ARRAY(SELECT DISTINCT a.attname::text
          FROM pg_attribute a
          WHERE a.attrelid = i.indrelid
            AND (a.attnum = ANY (i.indkey::int2[])
              OR EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
                  AND d.refobjsubid = a.attnum))
          ORDER BY 1) AS columns
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = ?::oid
      ORDER BY c.relname""";

  /** The server itself says whether it lets us. */
  static final String SILENCE = "SET LOCAL session_replication_role = replica";

  static final String NO_SILENCE = "SET LOCAL session_replication_role = origin";

  private ReactionSql() {}
}
