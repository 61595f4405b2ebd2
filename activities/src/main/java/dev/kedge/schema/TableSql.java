package dev.kedge.schema;

/** The statements that read tables as the planner sees them; search_path is ours. */
final class TableSql {
  // A table and its partitions, of all levels. Binds it.
  private static final String MEMBERS =
      """
      (
        SELECT k.oid AS root, x.relid
        FROM (SELECT ?::oid AS oid) k
        CROSS JOIN LATERAL (
          SELECT k.oid AS relid
          UNION
          SELECT p.relid::oid FROM pg_partition_tree(k.oid) p
        ) x
      )""";

  static final String TABLE =
      """
      SELECT c.oid, c.relkind,
        c.relispartition OR c.relkind <> 'p'
          AND EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhparent = c.oid OR h.inhrelid = c.oid)
          AS partition,
        row_security_active(c.oid) AS row_security,
        CASE
          WHEN c.relkind = 'p' THEN coalesce(
            (SELECT CASE WHEN bool_and(l.reltuples < 0) THEN -1 ELSE sum(greatest(l.reltuples, 0)) END
              FROM pg_partition_tree(c.oid) p
              JOIN pg_class l ON l.oid = p.relid AND l.relkind <> 'p'), 0)
          ELSE c.reltuples
        END::bigint AS estimated_rows
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f')""";

  // An explicit cast to varchar(n), char(n) or bit(n) cuts without a word; to the type without its
  // modifier it does not, and what is too long is refused when it is stored; arrays of them alike.
  // Type modifier -1 prints char and bit so that they stay without one when they are parsed again.
  static final String COLUMNS =
      """
      WITH RECURSIVE base AS (
        SELECT a.attnum, a.atttypid AS typid, a.atttypmod AS typmod
        FROM pg_attribute a
        WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT b.attnum, t.typbasetype, t.typtypmod
        FROM base b
        JOIN pg_type t ON t.oid = b.typid AND t.typtype = 'd'
      )"""
          + TypeSql.FORMS
          + """

      SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type,
        CASE WHEN l.typid IN (1042, 1043, 1560, 1562, 1014, 1015, 1561, 1563) THEN format_type(l.typid, -1)
          ELSE format_type(a.atttypid, a.atttypmod) END AS cast_type,
        a.attnotnull, a.atthasdef AND a.attgenerated = '' AS has_default, a.attgenerated, a.attidentity,
        l.comparison,
        (SELECT format('%I.%I', n.nspname, s.relname)
          FROM pg_depend d
          JOIN pg_class s ON s.relkind = 'S' AND s.oid IN (d.objid, d.refobjid)
          JOIN pg_namespace n ON n.oid = s.relnamespace
          WHERE d.refclassid = 'pg_class'::regclass
            AND (d.classid = 'pg_attrdef'::regclass AND d.refobjid = s.oid
                AND d.objid IN (SELECT f.oid FROM pg_attrdef f
                  WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum)
              OR d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'i'
                AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)
          ORDER BY 1
          LIMIT 1) AS sequence
      FROM pg_attribute a
      JOIN compared l ON l.attnum = a.attnum
      WHERE a.attrelid = ?::oid
      ORDER BY a.attnum""";

  // Unique and in order must mean what = and < mean for the column itself. The operators of types
  // that extensions bring are not where our sessions look for them.
  static final String UNIQUE_INDEXES =
      """
      WITH RECURSIVE base AS (
        SELECT a.attnum, t.oid, t.typtype, t.typbasetype
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = ?::oid AND a.attnum > 0
        UNION ALL
        SELECT b.attnum, t.oid, t.typtype, t.typbasetype
        FROM base b
        JOIN pg_type t ON t.oid = b.typbasetype
        WHERE b.typtype = 'd'
      ), key AS (
        SELECT i.indexrelid, o.opcnamespace = 'pg_catalog'::regnamespace AS builtin,
          i.indcollation[u.place - 1] = a.attcollation AND o.opcdefault
            AND (b.oid <> 1043 OR o.opcintype = 25) AS own
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey[0 : i.indnkeyatts - 1]) WITH ORDINALITY u (attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
        JOIN base b ON b.attnum = u.attnum AND b.typtype <> 'd'
        JOIN pg_opclass o ON o.oid = i.indclass[u.place - 1]
        WHERE i.indrelid = ?::oid AND i.indisunique
      )
      SELECT c.relname, i.indisprimary,
        ARRAY(SELECT coalesce(a.attname::text, '')
          FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) WITH ORDINALITY u (attnum, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
          ORDER BY u.place) AS columns,
        i.indpred IS NOT NULL AS partial,
        CASE
          WHEN NOT (i.indisvalid AND i.indisready AND i.indislive) THEN 'it is invalid'
          WHEN i.indpred IS NOT NULL THEN 'it is partial'
          WHEN NOT i.indimmediate THEN 'it is deferrable'
          WHEN m.amname <> 'btree' THEN 'it is no b-tree'
          WHEN i.indexprs IS NOT NULL THEN 'it has an expression'
          WHEN NOT (0 = ALL (i.indoption::int2[]) OR 3 = ALL (i.indoption::int2[]))
            THEN 'its columns are not all ascending or all descending, or have NULLS FIRST or LAST'
          WHEN EXISTS (SELECT 1 FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) k
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k
            LEFT JOIN pg_constraint n ON n.conrelid = i.indrelid AND n.contype = 'n'
              AND n.conkey = ARRAY[k] AND NOT n.convalidated
            WHERE NOT a.attnotnull OR n.oid IS NOT NULL)
            THEN 'a column of it may be NULL'
          WHEN EXISTS (SELECT 1 FROM key k WHERE k.indexrelid = i.indexrelid AND NOT k.own)
            THEN 'it has a collation or an operator class that is not its column''s own'
          WHEN EXISTS (SELECT 1 FROM key k WHERE k.indexrelid = i.indexrelid AND NOT k.builtin)
            THEN 'a column of it has a type that an extension compares in its own way'
        END AS why
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am m ON m.oid = c.relam
      WHERE i.indrelid = ?::oid AND i.indisunique
      ORDER BY i.indisprimary DESC, c.relname""";

  static final String TRIGGERS =
      """
      SELECT CASE WHEN m.relid <> m.root THEN m.relid::regclass || ': ' ELSE '' END
        || t.tgname || ' ' || concat_ws(' ',
        CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF'
          ELSE 'AFTER' END,
        concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END,
          CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
          CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
          CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END),
        CASE WHEN t.tgtype & 1 <> 0 THEN 'FOR EACH ROW' ELSE 'FOR EACH STATEMENT' END) AS text
      FROM %1$s m
      JOIN pg_trigger t ON t.tgrelid = m.relid
      JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname <> 'kedge'
      ORDER BY m.relid <> m.root, text"""
          .formatted(MEMBERS);

  static final String REFERENCED_BY =
      """
      SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS text
      FROM %1$s m
      JOIN pg_constraint ON confrelid = m.relid
      WHERE contype = 'f' AND conparentid = 0
      ORDER BY text"""
          .formatted(MEMBERS);

  static final String FOREIGN_KEYS =
      """
      SELECT conname || ' ' || pg_get_constraintdef(oid) AS text
      FROM %1$s m
      JOIN pg_constraint ON conrelid = m.relid
      WHERE contype = 'f' AND conparentid = 0
      ORDER BY text"""
          .formatted(MEMBERS);

  static final String PARTITIONING =
      """
      SELECT
        ARRAY(
          SELECT DISTINCT coalesce(a.attname::text, '')
          FROM %1$s m
          JOIN pg_partitioned_table t ON t.partrelid = m.relid
          CROSS JOIN LATERAL unnest(t.partattrs::int2[]) AS u (attnum)
          LEFT JOIN pg_attribute a ON a.attrelid = m.relid AND a.attnum = u.attnum AND u.attnum > 0
          ORDER BY 1) AS columns,
        ARRAY(
          SELECT c.oid::regclass::text
          FROM %1$s m
          JOIN pg_class c ON c.oid = m.relid AND c.relkind = 'f'
          ORDER BY 1) AS foreign_tables,
        EXISTS (
          SELECT
          FROM %1$s m
          JOIN pg_partitioned_table t ON t.partrelid = m.relid
          CROSS JOIN LATERAL unnest(t.partattrs::int2[], t.partcollation::oid[]) AS u (attnum, coll)
          JOIN pg_attribute a ON a.attrelid = m.relid AND a.attnum = u.attnum AND u.attnum > 0
          WHERE a.attcollation <> u.coll) AS other_collation"""
          .formatted(MEMBERS);

  static final String MISSING_RIGHTS =
      """
      SELECT p AS text
      FROM unnest(?::text[]) p
      WHERE NOT has_table_privilege(?::oid, p)""";

  /** With {@code %s} for the table. */
  static final String HAS_ROWS = "SELECT EXISTS (SELECT 1 FROM %s) AS has_rows";

  // All that a plan stands on, by name; nothing that changes by itself, nothing of ours.
  static final String STRUCTURE =
      """
      SELECT concat_ws('|', 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(f.adbin, f.adrelid))
        AS text
      FROM pg_attribute a
      LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT concat_ws('|', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint
      WHERE (conrelid = ?::oid OR confrelid = ?::oid) AND contype IN ('c', 'f', 'p', 'u', 'x')
      UNION ALL
      SELECT concat_ws('|', 'index', pg_get_indexdef(indexrelid), indisvalid)
      FROM pg_index
      WHERE indrelid = ?::oid
      UNION ALL
      SELECT concat_ws('|', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE t.tgrelid = ?::oid AND NOT t.tgisinternal AND n.nspname <> 'kedge'
      UNION ALL
      SELECT concat_ws('|', 'table', relkind, relrowsecurity, relforcerowsecurity, relispartition)
      FROM pg_class
      WHERE oid = ?::oid""";

  private TableSql() {}
}
