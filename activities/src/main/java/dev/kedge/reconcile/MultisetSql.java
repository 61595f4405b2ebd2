package dev.kedge.reconcile;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.CompareAs;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements of {@link MultisetMatcher}. Rows are grouped by what their columns are compared
 * by, so equal rows meet whatever their order, and each group counts both sides: exactly, no digest
 * has a say in what is equal. A bucket is a part of the rows that equal ones share; it only keeps
 * the memory and the time of one statement small.
 */
final class MultisetSql {
  /** So many groups are named; more are counted. */
  static final int NAMED = 100;

  // The server hashes equal values of them alike. Not every type can be hashed; those of these that
  // are there decide the bucket.
  private static final Set<String> HASHED =
      Set.of(
          "smallint",
          "integer",
          "bigint",
          "numeric",
          "real",
          "double precision",
          "uuid",
          "date",
          "timestamp without time zone",
          "timestamp with time zone",
          "bytea",
          "jsonb");

  private final Projection projection;
  private final List<ProjectedColumn> columns;

  MultisetSql(Projection projection) {
    this.projection = projection;
    this.columns = projection.columns().stream().filter(MultisetSql::counts).toList();
  }

  /** Why rows cannot be grouped by these columns; empty when they can. */
  String fault() {
    if (columns.isEmpty()) {
      return "no column is compared";
    }
    return columns.stream()
        .filter(c -> c.compare() != null && c.compare().way() == CompareAs.Way.WITHIN)
        .map(c -> "column " + c.column() + " is compared " + c.compared())
        .findFirst()
        .map(why -> why + ", and rows without a key are found together only by what is equal")
        .orElse("");
  }

  /** Whether rows can be told apart into buckets. */
  boolean splits() {
    return !hashed().isEmpty();
  }

  /** Rows of the larger side as the statistics have them; -1 where they know nothing. */
  Fragment estimate() {
    return Fragment.of(
        """
        SELECT coalesce(max(reltuples), -1)::bigint AS rows
        FROM pg_class
        WHERE oid IN (?::regclass, ?::regclass)""",
        Quoting.table(projection.read()),
        Quoting.table(projection.written()));
  }

  /**
   * Groups whose two counts differ, of bucket {@code bucket} of {@code buckets}. The first row of
   * the answer has the counts of all; the others a group each, named by its content's hash and
   * where a row of it lies.
   */
  Fragment compare(int bucket, int buckets) {
    String forms = numbered(i -> "g" + i);
    Fragment rows =
        Fragment.of("kedge_rows AS (\n")
            .then(side(projection.comparableRows(KeyRange.ALL), 0, bucket, buckets))
            .then("\n  UNION ALL\n")
            .then(side(there(), 1, bucket, buckets))
            .then("\n)");
    return Fragment.of("WITH ")
        .then(rows)
        .then(
            """
            ,
            kedge_groups AS MATERIALIZED (
              SELECT %1$s, count(*) FILTER (WHERE side = 0) AS wanted,
                count(*) FILTER (WHERE side = 1) AS there, min(place) AS place
              FROM kedge_rows
              GROUP BY %1$s
            ),
            kedge_odd AS (
              SELECT * FROM kedge_groups WHERE wanted <> there
            )
            SELECT NULL::text AS content, NULL::text AS place, coalesce(sum(wanted), 0) AS wanted,
              coalesce(sum(there), 0) AS there,
              coalesce(sum(greatest(wanted - there, 0)), 0) AS missing,
              coalesce(sum(greatest(there - wanted, 0)), 0) AS extra
            FROM kedge_groups
            UNION ALL
            (SELECT encode(sha256(convert_to(ROW(%1$s)::text, 'UTF8')), 'hex'), place, wanted, there,
              0, 0
            FROM kedge_odd
            LIMIT %2$d)"""
                .formatted(forms, NAMED));
  }

  // Where a row lies is told of the side that is looked at.
  private Fragment there() {
    return Fragment.of(
            "SELECT %s, ctid::text AS kedge_place\nFROM %s\nWHERE true"
                .formatted(projection.columnList(""), Quoting.table(projection.written())))
        .then(projection.andOwned());
  }

  private Fragment side(Fragment rows, int side, int bucket, int buckets) {
    String place = side == 0 ? "NULL::text" : "r.kedge_place";
    Fragment forms =
        Fragment.of(
                "  SELECT %s, %d AS side, %s AS place\n  FROM (\n".formatted(forms(), side, place))
            .then(rows)
            .then("\n  ) r");
    return buckets == 1
        ? forms
        : Fragment.of("  SELECT *\n  FROM (\n")
            .then(forms)
            .then(
                "\n  ) b\n  WHERE (hash_record_extended(ROW(%s), 0) & 2147483647) %% %d = %d"
                    .formatted(String.join(", ", hashed()), buckets, bucket));
  }

  private List<String> hashed() {
    List<String> hashed = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      ProjectedColumn column = columns.get(i);
      boolean text = column.compare() == null && column.comparison() != Comparison.PLAIN;
      boolean known =
          column.compare() == null && HASHED.contains(column.type().replaceAll("\\([^)]*\\)", ""));
      if (text || known) {
        hashed.add("b.g" + (i + 1));
      }
    }
    return hashed;
  }

  // What two values of a column are compared by, as something to be grouped by.
  private String forms() {
    List<String> forms = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      forms.add(form(columns.get(i)) + " AS g" + (i + 1));
    }
    return String.join(", ", forms);
  }

  private String form(ProjectedColumn column) {
    String value = "r." + Quoting.name(column.column());
    CompareAs rule = column.compare();
    if (rule == null) {
      return grouped(column.comparison(), value);
    }
    String collation = column.comparison() == Comparison.BYTES ? " COLLATE \"default\"" : "";
    return grouped(
        Objects.requireNonNull(rule.result()),
        "(SELECT (\n%s\n) FROM (SELECT %s%s AS %s) AS %s)"
            .formatted(
                Placeholders.escape(Objects.requireNonNull(rule.sql())),
                value,
                collation,
                Quoting.name(column.column()),
                Quoting.name(projection.written().name())));
  }

  private static String grouped(Comparison comparison, String value) {
    return comparison == Comparison.PLAIN ? value : "(" + value + ")::text COLLATE \"C\"";
  }

  private static boolean counts(ProjectedColumn column) {
    return column.compare() == null || column.compare().way() != CompareAs.Way.IGNORED;
  }

  private String numbered(IntFunction<String> each) {
    return IntStream.rangeClosed(1, columns.size())
        .mapToObj(each)
        .collect(Collectors.joining(", "));
  }
}
