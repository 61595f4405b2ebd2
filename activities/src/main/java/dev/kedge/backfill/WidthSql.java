package dev.kedge.backfill;

import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.stream.Collectors;

/** The statements that find how wide rows are. */
final class WidthSql {
  /**
   * The columns whose values have no fixed width, what the others have together, and how many bytes
   * of values are kept apart from their rows, those of partitions included. Reads sizes of files,
   * no statistics. Binds the table.
   */
  static final String COLUMNS =
      """
      WITH t AS (
        SELECT ?::regclass AS oid
      )
      SELECT
        coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attlen < 0), '{}') AS wide,
        coalesce(sum(a.attlen) FILTER (WHERE a.attlen > 0), 0) AS fixed,
        (SELECT coalesce(sum(pg_relation_size(c.reltoastrelid)), 0)
          FROM pg_class c
          WHERE c.reltoastrelid <> 0 AND c.oid IN (
            SELECT oid FROM t
            UNION ALL
            SELECT p.relid FROM t CROSS JOIN LATERAL pg_partition_tree(t.oid) p)) AS apart
      FROM t
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped""";

  // What may be kept apart counts no more than a row can have.
  private static final int MOST_IN_ROW = 8_160;

  private WidthSql() {}

  /** What the first {@code rows} of a range have in those columns, on the average. */
  static Fragment sample(
      TableName table, KeySide key, KeyRange range, List<String> columns, int rows) {
    String bytes =
        columns.stream()
            .map(name -> "least(%s, %d)".formatted(size(name), MOST_IN_ROW))
            .collect(Collectors.joining(" + "));
    return Fragment.of(
            "SELECT coalesce(avg(bytes), 0)::bigint AS bytes\nFROM (\n  SELECT %s AS bytes\n  FROM %s\n  WHERE "
                .formatted(bytes, Projection.table(table)))
        .then(key.in(range, ""))
        .then("\n  ORDER BY %s\n  LIMIT ?\n) s".formatted(key.list("")), rows);
  }

  /**
   * What the first {@code rows} rows of a range have in those columns together: cheaper than {@link
   * #boundary}, which is asked only when that is too much.
   */
  static Fragment total(
      TableName table, KeySide key, KeyRange rest, List<String> columns, long rows) {
    String bytes = columns.stream().map(WidthSql::size).collect(Collectors.joining(" + "));
    return Fragment.of(
            "SELECT coalesce(sum(bytes), 0)::bigint AS bytes\nFROM (\n  SELECT %s AS bytes\n  FROM %s\n  WHERE "
                .formatted(bytes, Projection.table(table)))
        .then(key.in(rest, ""))
        .then("\n  ORDER BY %s\n  LIMIT ?\n) s".formatted(key.list("")), rows);
  }

  /**
   * The last key of a chunk that has at most {@code rows} rows and, unless it is a single row, at
   * most {@code budget} bytes in those columns; no row when less than that is left. Also {@code
   * walked}, its rows.
   */
  static Fragment boundary(
      TableName table, KeySide key, KeyRange rest, List<String> columns, long rows, long budget) {
    String bytes = columns.stream().map(WidthSql::size).collect(Collectors.joining(" + "));
    return Fragment.of(
            """
            SELECT %s AS key, kedge_walked AS walked
            FROM (
              SELECT %s, row_number() OVER along AS kedge_walked,
                sum(kedge_bytes) OVER along + lead(kedge_bytes) OVER along AS kedge_next
              FROM (
                SELECT %s, least(%s, %d)::int AS kedge_bytes
                FROM %s
                WHERE"""
                .formatted(
                    key.asTexts("w."),
                    key.list("s."),
                    key.list(""),
                    bytes,
                    2 * budget,
                    Projection.table(table)))
        .then(" ")
        .then(key.in(rest, ""))
        .then(
            """

                ORDER BY %s
                LIMIT ?
              ) s
              WINDOW along AS (ORDER BY %s ROWS UNBOUNDED PRECEDING)
            ) w
            WHERE kedge_walked = ? OR kedge_next > ?
            ORDER BY %s
            LIMIT 1"""
                .formatted(key.list(""), key.list("s."), key.list("w.")),
            rows,
            rows,
            budget);
  }

  // Of a value that is kept apart only its place is read, which says how long it is.
  private static String size(String column) {
    return "coalesce(pg_column_size(%s)::bigint, 0)".formatted(Quoting.name(column));
  }
}
