package dev.kedge.schema;

/** The statements that read what a clone is made of. Names come out qualified. */
final class CloneSql {
  // Columns, defaults, checks, storage and comments; the rest would get other names.
  static final String LIKE =
      "CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)";

  static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'kedge')
        AND c.relname = ANY (?)
      ORDER BY c.oid""";

  static final String NEIGHBOURS =
      """
      SELECT DISTINCT c.oid, n.nspname, c.relname, c.relkind
      FROM pg_constraint k
      JOIN pg_class c ON c.oid IN (k.conrelid, k.confrelid)
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ?::oid OR k.confrelid = ?::oid)
      ORDER BY c.oid""";

  static final String RELATION =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = ?::oid""";

  /** What makes a table partitioned, and a partition; null for what it is not. */
  static final String PARTITION =
      """
      SELECT pg_get_partkeydef(c.oid) AS by,
        CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
        p.oid, n.nspname, p.relname, p.relkind
      FROM pg_class c
      LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
      LEFT JOIN pg_class p ON p.oid = i.inhparent
      LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
      WHERE c.oid = ?::oid""";

  static final String COMMENT = "SELECT obj_description(?::oid, 'pg_class') AS comment";

  static final String INDEXES =
      """
      SELECT format('CREATE %sINDEX %I ON %s%s ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
          c.relname, CASE WHEN t.relkind = 'p' THEN 'ONLY ' ELSE '' END, t.oid::regclass) AS head,
        pg_get_indexdef(i.indexrelid) AS definition
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid
      WHERE i.indrelid = ?::oid
        AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
      ORDER BY i.indexrelid""";

  static final String KEYS =
      """
      SELECT conname, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE conrelid = ?::oid AND contype IN ('p', 'u', 'x')
      ORDER BY oid""";

  static final String FOREIGN_KEYS =
      """
      SELECT conname, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE conrelid = ?::oid AND contype = 'f' AND conparentid = 0
      ORDER BY oid""";

  static final String TRIGGERS =
      """
      SELECT pg_get_triggerdef(oid) AS definition
      FROM pg_trigger
      WHERE tgrelid = ?::oid AND NOT tgisinternal
      ORDER BY oid""";

  static final String SEQUENCES =
      """
      SELECT a.attname, s.relname, n.nspname, format_type(q.seqtypid, NULL) AS type, d.deptype
      FROM pg_attrdef f
      JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
      JOIN pg_depend u ON u.classid = 'pg_attrdef'::regclass AND u.objid = f.oid
        AND u.refclassid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = u.refobjid AND s.relkind = 'S'
      JOIN pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_namespace n ON n.oid = s.relnamespace
      LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
        AND d.refobjid = f.adrelid AND d.deptype = 'a'
      WHERE f.adrelid = ?::oid
      ORDER BY a.attnum""";

  static final String VIEWS =
      """
      WITH RECURSIVE dependent AS (
        SELECT r.ev_class AS oid
        FROM pg_depend d
        JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (?::oid[])
        UNION
        SELECT r.ev_class
        FROM dependent v
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid
        JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
      )
      SELECT c.oid, n.nspname, c.relname, c.relkind, pg_get_viewdef(c.oid) AS definition
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid IN (SELECT oid FROM dependent) AND c.relkind IN ('v', 'm')
      ORDER BY c.oid""";

  private CloneSql() {}
}
