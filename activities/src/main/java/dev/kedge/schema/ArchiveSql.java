package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.spec.TableName;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that keep what is about to be dropped. */
final class ArchiveSql {
  static final String ID = "SELECT id FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

  // Only what an earlier attempt moved, but could not count any more, is counted again.
  static final String RECORD =
      """
      INSERT INTO kedge.archive (migration, name, of_table, rows, restore)
      SELECT id, ?, ?, ?, ?
      FROM kedge.migration
      WHERE name = ? AND ended_at IS NULL
      ON CONFLICT (migration, name) DO UPDATE SET rows = excluded.rows, restore = excluded.restore""";

  static final String RECORDED =
      """
      SELECT a.name, a.rows
      FROM kedge.archive a
      JOIN kedge.migration m ON m.id = a.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND starts_with(a.name, ?)
      ORDER BY a.name""";

  static final String COUNT =
      """
      UPDATE kedge.archive
      SET rows = (SELECT count(*) FROM %s)
      WHERE name = ? AND rows < 0""";

  static final String FOREIGN_KEYS =
      """
      SELECT conname AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE conrelid = to_regclass(?) AND contype = 'f' AND conparentid = 0
      ORDER BY conname""";

  static final String TRIGGERS =
      """
      SELECT tgname AS name, pg_get_triggerdef(oid) AS definition
      FROM pg_trigger
      WHERE tgrelid = to_regclass(?) AND NOT tgisinternal AND tgparentid = 0
      ORDER BY tgname""";

  static final String CHECKS =
      """
      SELECT conname AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE conrelid = to_regclass(?) AND contype = 'c' AND coninhcount = 0
      ORDER BY conname""";

  static final String INDEXES =
      """
      SELECT i.indexrelid::regclass::text AS name, c.relname AS definition
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = to_regclass(?)
      ORDER BY i.indexrelid""";

  static final String SEQUENCES =
      """
      SELECT d.objid::regclass::text AS name, s.relname AS definition
      FROM pg_depend d
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refobjid = to_regclass(?) AND d.deptype IN ('a', 'i')
      ORDER BY d.objid""";

  static final String DEFAULTS =
      """
      SELECT attname AS name, '' AS definition
      FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped AND atthasdef
        AND attgenerated = ''
      ORDER BY attnum""";

  // An array's element counts, and what a domain stands on is its own type.
  static final String FOREIGN_TYPES =
      """
      SELECT a.attname AS name, '' AS definition
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = ''
        AND coalesce(e.typnamespace, t.typnamespace) <> 'pg_catalog'::regnamespace
      ORDER BY a.attnum""";

  /** The partitions of a table. */
  static final String PARTITIONS =
      """
      SELECT n.nspname AS name, c.relname AS definition
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.inhparent = to_regclass(?)
      ORDER BY c.oid""";

  /** What a table is a partition of, and how it was attached. */
  static final String PARTITION_OF =
      """
      SELECT i.inhparent::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS definition
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
      WHERE i.inhrelid = to_regclass(?)""";

  /** A table and its partitions, of all levels. */
  static final String MEMBERS =
      """
      SELECT n.nspname, c.relname
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN (
        SELECT to_regclass(?)::oid AS oid, 0 AS level
        UNION ALL
        SELECT relid, level FROM pg_partition_tree(to_regclass(?)) WHERE level > 0
      ) m ON m.oid = c.oid
      ORDER BY m.level, c.oid""";

  static final String COLUMNS =
      """
      SELECT attname
      FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum""";

  private ArchiveSql() {}

  /** The archive's empty table, with the key of the rows it keeps. */
  static List<String> create(
      String archive, TableName table, Collection<String> kept, List<String> key) {
    String create =
        "CREATE TABLE IF NOT EXISTS %s AS SELECT %s FROM %s WITH NO DATA"
            .formatted(archive, Quoting.list(kept), Quoting.table(table));
    return key.isEmpty()
        ? List.of(create)
        : List.of(
            create, "ALTER TABLE %s ADD PRIMARY KEY (%s)".formatted(archive, Quoting.list(key)));
  }

  /** The last key that was kept, each column as text. */
  static String last(String archive, List<String> key) {
    String texts =
        IntStream.range(0, key.size())
            .mapToObj(i -> Quoting.name(key.get(i)) + "::text AS k" + i)
            .collect(Collectors.joining(", "));
    String descending =
        key.stream()
            .map(column -> Quoting.name(column) + " DESC")
            .collect(Collectors.joining(", "));
    return "SELECT %s FROM %s ORDER BY %s LIMIT 1".formatted(texts, archive, descending);
  }

  /**
   * Keeps the next rows.
   *
   * @param types the types of the key's columns to begin after; empty to begin at the beginning
   */
  static String fill(
      String archive,
      TableName table,
      Collection<String> kept,
      List<String> key,
      List<String> types,
      int rows) {
    String after =
        types.isEmpty()
            ? ""
            : "\nWHERE ROW(%s) > ROW(%s)"
                .formatted(
                    Quoting.list(key),
                    types.stream().map(type -> "?::" + type).collect(Collectors.joining(", ")));
    return """
        INSERT INTO %s (%s)
        SELECT %s
        FROM %s%s
        ORDER BY %s
        LIMIT %d"""
        .formatted(
            archive,
            Quoting.list(kept),
            Quoting.list(kept),
            Quoting.table(table),
            after,
            Quoting.list(key),
            rows);
  }

  /**
   * Makes the archive equal to the table and counts both, all in one snapshot. Values are compared
   * as text: some types have no equality.
   */
  static String prove(
      String archive,
      TableName table,
      Collection<String> kept,
      List<String> key,
      List<String> values) {
    String same =
        key.stream()
            .map(column -> "a.%s = t.%s".formatted(Quoting.name(column), Quoting.name(column)))
            .collect(Collectors.joining(" AND "));
    String differs =
        values.stream()
            .map(
                column ->
                    "a.%s::text IS DISTINCT FROM t.%s::text"
                        .formatted(Quoting.name(column), Quoting.name(column)))
            .collect(Collectors.joining(" OR "));
    String set =
        values.stream()
            .map(column -> "%s = t.%s".formatted(Quoting.name(column), Quoting.name(column)))
            .collect(Collectors.joining(", "));
    return """
        WITH gone AS (
          DELETE FROM %1$s a
          WHERE NOT EXISTS (SELECT 1 FROM %2$s t WHERE %3$s)
          RETURNING 1
        ), changed AS (
          UPDATE %1$s a SET %5$s FROM %2$s t WHERE %3$s AND (%4$s)
          RETURNING 1
        ), come AS (
          INSERT INTO %1$s (%6$s)
          SELECT %6$s FROM %2$s t
          WHERE NOT EXISTS (SELECT 1 FROM %1$s a WHERE %3$s)
          RETURNING 1
        )
        SELECT (SELECT count(*) FROM %2$s) AS rows,
          (SELECT count(*) FROM %1$s) - (SELECT count(*) FROM gone) + (SELECT count(*) FROM come)
            AS kept,
          (SELECT count(*) FROM changed) AS changed"""
        .formatted(archive, Quoting.table(table), same, differs, set, Quoting.list(kept));
  }
}
