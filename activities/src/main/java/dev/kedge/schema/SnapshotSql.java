package dev.kedge.schema;

/**
 * Reads every object a statement of a spec could add, change or remove, as {@link CatalogObject}.
 * Parts of relations are read of the clones and of what this transaction made or touched only:
 * their pg_class row is in a scratch schema or as young as the transaction.
 */
final class SnapshotSql {
  static final String OBJECTS =
      """
      WITH rel AS MATERIALIZED (
        SELECT c.*, n.nspname, 'r' || c.oid AS key,
          n.nspname = ANY (?) OR age(c.xmin) <= 0 AS ours
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'kedge')
          AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
      ), part AS MATERIALIZED (
        SELECT * FROM rel WHERE ours
      ), member AS MATERIALIZED (
        SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
      )
      SELECT key,
        CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' WHEN 'S' THEN 'sequence'
          WHEN 'c' THEN 'composite' ELSE 'table' END AS kind,
        nspname AS schema, NULL AS relation, relname::text AS name,
        concat_ws('|', nspname, relname, relkind, relowner, reloptions, relpersistence, relacl,
          relrowsecurity, relforcerowsecurity, relreplident, relispartition, relam, reltablespace,
          pg_get_expr(relpartbound, oid)) AS definition,
        NULL AS parent, NULL::text[] AS uses,
        (relkind = 'S' AND EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
          AND d.objid = rel.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')))
          OR EXISTS (SELECT 1 FROM member WHERE classid = 'pg_class'::regclass AND objid = rel.oid)
          AS hidden
      FROM rel
      UNION ALL
      SELECT 'a' || r.oid || '.' || a.attnum, 'column', r.nspname, r.relname, a.attname::text,
        concat_ws('|', a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated, a.attcollation,
          a.attstorage, a.attstattarget, a.attoptions, a.attacl, a.attislocal, a.attinhcount,
          CASE WHEN a.attgenerated <> '' THEN pg_get_expr(f.adbin, f.adrelid) END),
        r.key, NULL, false
      FROM part r
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      WHERE r.relkind <> 'S'
      UNION ALL
      SELECT 'n' || r.oid || '.' || a.attnum, 'notnull', r.nspname, r.relname, a.attname::text, '',
        r.key, ARRAY['a' || r.oid || '.' || a.attnum], false
      FROM part r
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE a.attnotnull AND r.relkind IN ('r', 'p', 'f')
      UNION ALL
      SELECT 'j' || r.oid || '.' || a.attnum, 'identity', r.nspname, r.relname, a.attname::text,
        a.attidentity::text, r.key, ARRAY['a' || r.oid || '.' || a.attnum], false
      FROM part r
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE a.attidentity <> ''
      UNION ALL
      SELECT 'd' || f.oid, 'default', r.nspname, r.relname, a.attname::text,
        pg_get_expr(f.adbin, f.adrelid), r.key, ARRAY['a' || r.oid || '.' || a.attnum], false
      FROM part r
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attgenerated = ''
      JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      UNION ALL
      SELECT 'k' || k.oid, CASE WHEN k.contypid <> 0 THEN 'domainconstraint' ELSE 'constraint' END,
        n.nspname, coalesce(r.relname, t.typname)::text, k.conname::text,
        concat_ws('|', k.conname, replace(pg_get_constraintdef(k.oid), ' NOT VALID', '')),
        coalesce(r.key, 'y' || t.oid),
        (SELECT array_agg('a' || r.oid || '.' || u) FROM unnest(k.conkey) u),
        k.conparentid <> 0
      FROM pg_constraint k
      JOIN pg_namespace n ON n.oid = k.connamespace
      LEFT JOIN part r ON r.oid = k.conrelid
      LEFT JOIN pg_type t ON t.oid = k.contypid AND n.nspname !~ '^pg_'
        AND n.nspname <> 'information_schema'
      WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND (r.oid IS NOT NULL OR t.oid IS NOT NULL)
      UNION ALL
      SELECT 'v' || k.oid, 'validated', r.nspname, r.relname, k.conname::text, '', 'k' || k.oid, NULL,
        false
      FROM pg_constraint k
      JOIN part r ON r.oid = k.conrelid
      WHERE k.convalidated AND k.contype IN ('c', 'f')
      UNION ALL
      SELECT 'i' || i.indexrelid, 'index', n.nspname, r.relname, c.relname::text,
        concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
          c.reloptions),
        r.key,
        (SELECT array_agg('a' || r.oid || '.' || d.refobjsubid) FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = r.oid
            AND d.refobjsubid > 0),
        EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
          OR EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
      FROM part r
      JOIN pg_index i ON i.indrelid = r.oid
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      UNION ALL
      SELECT 't' || t.oid, 'trigger', r.nspname, r.relname, t.tgname::text,
        concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled), r.key,
        (SELECT array_agg('a' || r.oid || '.' || u) FROM unnest(t.tgattr) u), t.tgparentid <> 0
      FROM part r
      JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
      UNION ALL
      SELECT 'o' || p.oid, 'policy', r.nspname, r.relname, p.polname::text,
        concat_ws('|', p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, p.polrelid),
          pg_get_expr(p.polwithcheck, p.polrelid)), r.key, NULL, false
      FROM part r
      JOIN pg_policy p ON p.polrelid = r.oid
      UNION ALL
      SELECT 'w' || w.oid, CASE w.rulename WHEN '_RETURN' THEN 'viewdef' ELSE 'rule' END, r.nspname,
        r.relname, w.rulename::text, concat_ws('|', pg_get_ruledef(w.oid), w.ev_enabled), r.key, NULL,
        w.rulename = '_RETURN'
      FROM part r
      JOIN pg_rewrite w ON w.ev_class = r.oid
      UNION ALL
      SELECT 's' || s.oid, 'statistics', n.nspname, r.relname, s.stxname::text,
        pg_get_statisticsobjdef(s.oid), r.key,
        (SELECT array_agg('a' || r.oid || '.' || u) FROM unnest(s.stxkeys) u), false
      FROM part r
      JOIN pg_statistic_ext s ON s.stxrelid = r.oid
      JOIN pg_namespace n ON n.oid = s.stxnamespace
      UNION ALL
      SELECT 'q' || q.seqrelid, 'sequencedef', r.nspname, r.relname, '', q::text, r.key, NULL, true
      FROM part r
      JOIN pg_sequence q ON q.seqrelid = r.oid
      UNION ALL
      SELECT 'y' || t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname, NULL,
        t.typname::text,
        concat_ws('|', n.nspname, t.typname, t.typowner, t.typacl, t.typnotnull, t.typdefault,
          format_type(t.typbasetype, t.typtypmod)), NULL, NULL,
        EXISTS (SELECT 1 FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
      FROM pg_type t
      JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('d', 'e', 'r') AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', 'kedge')
      UNION ALL
      SELECT 'e' || e.oid, 'label', '', NULL, e.enumlabel::text, e.enumlabel::text, 'y' || e.enumtypid,
        NULL, true
      FROM pg_enum e
      UNION ALL
      SELECT 'p' || p.oid,
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        n.nspname, NULL, format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
        concat_ws('|', n.nspname, p.proname, p.proowner, p.proacl, p.proconfig, p.prosecdef,
          p.provolatile, p.proparallel, p.proisstrict, p.prolang, md5(p.prosrc), p.prorettype), NULL,
        NULL, EXISTS (SELECT 1 FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'kedge')
      UNION ALL
      SELECT 'x' || oid, 'extension', '', NULL, extname::text, extversion, NULL, NULL, false
      FROM pg_extension
      UNION ALL
      SELECT 'h' || oid, 'schema', '', NULL, nspname::text, concat_ws('|', nspname, nspowner, nspacl),
        NULL, NULL, false
      FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> ALL (?)
      UNION ALL
      SELECT 'm' || d.classoid || '.' || d.objoid || '.' || d.objsubid,
        CASE WHEN r.oid IS NULL THEN 'other' ELSE 'comment' END, coalesce(r.nspname, ''), r.relname,
        coalesce(a.attname::text, ''), d.description,
        coalesce(r.key, CASE d.classoid WHEN 'pg_extension'::regclass THEN 'x'
          WHEN 'pg_proc'::regclass THEN 'p' WHEN 'pg_type'::regclass THEN 'y'
          WHEN 'pg_constraint'::regclass THEN 'k' WHEN 'pg_namespace'::regclass THEN 'h'
          WHEN 'pg_trigger'::regclass THEN 't' WHEN 'pg_class'::regclass THEN 'i' END || d.objoid),
        CASE WHEN d.objsubid > 0 THEN ARRAY['a' || r.oid || '.' || d.objsubid] END,
        EXISTS (SELECT 1 FROM member WHERE classid = d.classoid AND objid = d.objoid)
      FROM pg_description d
      LEFT JOIN part r ON r.oid = d.objoid AND d.classoid = 'pg_class'::regclass
      LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid
      WHERE age(d.xmin) <= 0
      UNION ALL
      SELECT 'z' || o.tableoid || '.' || o.oid, 'other', '', NULL, '', '', NULL, NULL,
        EXISTS (SELECT 1 FROM member m WHERE m.classid = o.tableoid AND m.objid = o.oid)
      FROM (
        SELECT tableoid, oid FROM pg_operator WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_opclass WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_opfamily WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_cast WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_collation WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_conversion WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_ts_config WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_ts_dict WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_language WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_am WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_transform WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_event_trigger WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_publication WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_publication_rel WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_foreign_data_wrapper WHERE age(xmin) <= 0
        UNION ALL SELECT tableoid, oid FROM pg_default_acl WHERE age(xmin) <= 0
      ) o""";

  private SnapshotSql() {}
}
