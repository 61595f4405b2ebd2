package dev.kedge.drift;

/** The statements on the structure of a move's tables. */
final class ShapeSql {
  /**
   * The structure of tables, an object a row. Binds their roles and, in the same order, their
   * names. White space that a line could not hold becomes a blank.
   */
  static final String READ =
      """
      WITH rel AS (
        SELECT r.role, r.name, c.oid, c.relkind, c.relpersistence, c.relrowsecurity,
          c.relforcerowsecurity
        FROM unnest(?::text[], ?::text[]) r (role, name)
        JOIN pg_class c ON c.oid = to_regclass(r.name)
      ), part AS (
        SELECT role, name AS "table", 'TABLE' AS kind, '' AS name, relkind::text AS shown,
          oid::text AS hidden
        FROM rel
        UNION ALL
        SELECT role, name, 'PERSISTENCE', '', CASE relpersistence WHEN 'u' THEN 'unlogged'
          WHEN 't' THEN 'temporary' ELSE 'logged' END, ''
        FROM rel
        UNION ALL
        SELECT role, name, 'ROW_SECURITY', '',
          CASE WHEN relforcerowsecurity THEN 'forced' WHEN relrowsecurity THEN 'on' ELSE 'off' END, ''
        FROM rel
        UNION ALL
        SELECT r.role, r.name, 'COLUMN', a.attname,
          concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE WHEN a.attgenerated <> '' THEN 'GENERATED AS (' || pg_get_expr(d.adbin, d.adrelid) || ')' END,
            CASE WHEN a.attidentity <> '' THEN 'IDENTITY' END),
          a.attnum::text
        FROM rel r
        JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''
        UNION ALL
        SELECT r.role, r.name, 'CONSTRAINT', k.conname, pg_get_constraintdef(k.oid), ''
        FROM rel r
        JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
        UNION ALL
        SELECT r.role, r.name, 'UNIQUE_INDEX', c.relname, pg_get_indexdef(i.indexrelid),
          CASE WHEN i.indisvalid THEN '' ELSE 'invalid' END
        FROM rel r
        JOIN pg_index i ON i.indrelid = r.oid AND i.indisunique
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE NOT EXISTS (
          SELECT FROM pg_constraint k
          WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT r.role, r.name, 'REFERENCE', k.conrelid::regclass || ' ' || k.conname,
          pg_get_constraintdef(k.oid), ''
        FROM rel r
        JOIN pg_constraint k ON k.confrelid = r.oid AND k.contype = 'f' AND k.conparentid = 0
          AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
        UNION ALL
        SELECT r.role, r.name, 'TRIGGER', t.tgname,
          CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'A' THEN 'enabled always'
            WHEN 'R' THEN 'enabled on replicas' ELSE 'enabled' END,
          md5(pg_get_triggerdef(t.oid))
        FROM rel r
        JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
        JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname <> 'kedge'
        WHERE r.role IN ('TARGET', 'IN_PLACE')
        UNION ALL
        SELECT r.role, r.name, 'RULE', w.rulename,
          CASE w.ev_enabled WHEN 'D' THEN 'disabled' ELSE 'enabled' END, md5(pg_get_ruledef(w.oid))
        FROM rel r
        JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
        WHERE r.role IN ('TARGET', 'IN_PLACE')
      )
      SELECT role, regexp_replace("table", '\\s', ' ', 'g') AS "table", kind,
        regexp_replace(name, '\\s', ' ', 'g') AS name,
        regexp_replace(shown, '\\s+', ' ', 'g') AS shown, hidden
      FROM part
      ORDER BY role COLLATE "C", "table" COLLATE "C", kind COLLATE "C", part.name COLLATE "C\"""";

  // What was there first is what counts: capture that is installed anew takes nothing back.
  static final String REMEMBER =
      "UPDATE kedge.move SET shape = coalesce(shape, ?) WHERE migration = ? AND move = ?";

  static final String FORGET =
      "UPDATE kedge.move SET shape = NULL WHERE migration = ? AND move = ?";

  // What is taken away for the copy and built again, by name: that it is all there again, word for
  // word, the evidence says. Of a shared target one of its moves takes it away for all.
  static final String REMEMBERED =
      """
      SELECT m.shape,
        ARRAY(
          SELECT d.value ->> 'name'
          FROM kedge.move o
          CROSS JOIN LATERAL jsonb_array_elements(coalesce(o.deferred, '[]')::jsonb) d
          WHERE o.migration = m.migration
            AND (o.move = m.move OR o.target_oid IS NOT DISTINCT FROM m.target_oid)) AS deferred
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  private ShapeSql() {}
}
