package dev.kedge.backfill;

import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.Projection;
import dev.kedge.projection.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements that make the written table equal to the projection over a scope of keys. A row
 * whose unique columns change is deleted and inserted, so that rows may swap unique values; any
 * other is updated, by image, so that {@code 1.0} becomes {@code 1.00}. Rows that are not the
 * projection's own are neither seen nor touched.
 */
final class ConvergeSql {
  private final Projection projection;
  private final String written;
  private final String key;
  private final String uniqueDiffer;

  ConvergeSql(Projection projection) {
    this.projection = projection;
    this.written = Projection.table(projection.written());
    this.key = projection.writtenKey().equal("r.", written + ".");
    this.uniqueDiffer = Values.imagesDiffer(projection.uniqueColumns(), "r.", written + ".");
  }

  /** Updates rows that differ and keep their unique values. */
  Fragment update(KeyScope scope) {
    String set =
        projection.settable().stream()
            .map(c -> Quoting.name(c.column()))
            .map(name -> name + " = r." + name)
            .collect(Collectors.joining(", "));
    return with(scope)
        .then("\nUPDATE %s\nSET %s\nFROM ".formatted(written, set))
        .then(
            projection.owned() == null
                ? "kedge_rows r\nWHERE " + changes(written + ".")
                : "(\n%s\n) r\nWHERE %s.ctid = r.kedge_ctid".formatted(changed(), written));
  }

  // Whose a row is, is asked of the columns by their names, which nothing else may have there.
  private String changed() {
    return """
          SELECT r.*, t.ctid AS kedge_ctid
          FROM kedge_rows r
          JOIN (
            SELECT ctid, * FROM %s WHERE true%s
          ) t ON %s"""
        .formatted(written, projection.andOwned(), changes("t."));
  }

  private String changes(String there) {
    return "%s\n  AND %s\n  AND NOT (%s)"
        .formatted(
            projection.writtenKey().equal("r.", there),
            Values.imagesDiffer(projection.columns(), "r.", there),
            Values.imagesDiffer(projection.uniqueColumns(), "r.", there));
  }

  /**
   * A key, as text of the side that is read, whose row is not the projection's own; no row when
   * there is none.
   */
  Fragment stray(KeyScope scope) {
    return with(scope)
        .then(
            """

            SELECT %s AS key
            FROM kedge_rows
            WHERE (
            %s
            ) IS NOT TRUE
            LIMIT 1"""
                .formatted(projection.writtenKey().asTexts(""), projection.owned()));
  }

  /** Whether there is anything an update could set. */
  boolean updates() {
    return !projection.settable().isEmpty();
  }

  /**
   * Deletes rows that the projection does not yield, or yields with other unique values, and
   * inserts those that are missing then; in one statement, so that a reference to a row that comes
   * back holds. Returns one row with the columns {@code deleted} and {@code inserted}.
   */
  Fragment replace(KeyScope scope) {
    return with(scope)
        .then(",\ngone AS (\n")
        .then(delete(scope))
        .then(
            """

              RETURNING 1
            ),
            made AS (
              INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE
              SELECT %3$s
              FROM kedge_rows r
              WHERE (SELECT count(*) FROM gone) >= 0
                AND NOT EXISTS (
                  SELECT FROM %1$s WHERE %4$s AND NOT (%5$s)%6$s)
              RETURNING 1
            )
            SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT count(*) FROM made) AS inserted"""
                .formatted(
                    written,
                    projection.columnList(""),
                    projection.columnList("r."),
                    key,
                    uniqueDiffer,
                    projection.andOwned()));
  }

  /** The first half of {@link #replace} alone, for several scopes one after the other. */
  Fragment deleteOnly(KeyScope scope) {
    return with(scope).then("\n").then(delete(scope));
  }

  /** Deletes rows that differ from the projection in anything. */
  Fragment shed(KeyScope scope) {
    String differ = Values.imagesDiffer(projection.columns(), "r.", written + ".");
    return with(scope).then("\n").then(delete(scope, differ));
  }

  /** How many keys of the scope differ by value: missing, too many, or different. */
  Fragment differences(KeyScope scope) {
    return compared(scope)
        .then(
            """

            SELECT count(*) AS differences
            FROM kedge_rows r
            FULL JOIN kedge_written w ON %s
            WHERE %s"""
                .formatted(projection.writtenKey().equal("r.", "w."), differ()));
  }

  private Fragment compared(KeyScope scope) {
    return with(scope)
        .then(",\nkedge_written AS MATERIALIZED (\n")
        .then(projection.writtenRows(scope))
        .then("\n)");
  }

  private String differ() {
    return "%s OR %s OR %s"
        .formatted(absent("r."), absent("w."), Values.differ(projection.columns(), "r.", "w."));
  }

  // As text of the side that is read, of a column of the key by its quoted name.
  private String readKey(String value) {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < projection.readKey().names().size(); i++) {
      String name = Quoting.name(projection.writtenKey().names().get(i));
      keys.add(value.formatted(name) + "::" + projection.readKey().types().get(i) + "::text");
    }
    return "ARRAY[" + String.join(", ", keys) + "]";
  }

  /** Columns of each unique index of the written table, in any order; binds its quoted name. */
  static final String UNIQUE_INDEXES =
      """
      SELECT ARRAY(
          SELECT a.attname::text
          FROM pg_attribute a
          WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
        ) AS columns
      FROM pg_index i
      WHERE i.indrelid = ?::regclass AND i.indisunique AND i.indisready AND i.indexprs IS NULL""";

  /**
   * Keys, as text of the side that is read, of written rows that have a value of those columns
   * which another row of the scope is to have.
   */
  Fragment inTheWay(KeyScope scope, List<String> unique) {
    String same =
        unique.stream()
            .map(Quoting::name)
            .map(name -> "t.%1$s = r.%1$s".formatted(name))
            .collect(Collectors.joining(" AND "));
    return with(scope)
        .then(
            """

            SELECT DISTINCT %s AS key
            FROM kedge_rows r
            JOIN %s t ON %s
            WHERE NOT (%s)"""
                .formatted(
                    readKey("t.%s"), written, same, projection.writtenKey().equal("r.", "t.")));
  }

  /** The keys that {@link #differences} counts, as text of the side that is read. */
  Fragment differing(KeyScope scope, int most) {
    return compared(scope)
        .then(
            "\nSELECT %s AS key\nFROM kedge_rows r\nFULL JOIN kedge_written w ON %s\nWHERE %s\nLIMIT ?"
                .formatted(
                    readKey("coalesce(r.%1$s, w.%1$s)"),
                    projection.writtenKey().equal("r.", "w."),
                    differ()),
            most);
  }

  private Fragment delete(KeyScope scope) {
    return delete(scope, uniqueDiffer);
  }

  private Fragment delete(KeyScope scope, String differ) {
    return Fragment.of("  DELETE FROM %s\n  WHERE ".formatted(written))
        .then(projection.writtenIn(scope))
        .then(projection.andOwned())
        .then(
            "\n    AND NOT EXISTS (SELECT FROM kedge_rows r WHERE %s AND NOT (%s))"
                .formatted(key, differ));
  }

  private Fragment with(KeyScope scope) {
    Fragment keys = projection.keys(scope);
    return Fragment.of("WITH ")
        .then(keys)
        .then(keys.text().isEmpty() ? "" : ",\n")
        .then("kedge_rows AS MATERIALIZED (\n")
        .then(projection.comparableRows(scope))
        .then("\n)");
  }

  private String absent(String prefix) {
    return prefix + Quoting.name(projection.writtenKey().names().get(0)) + " IS NULL";
  }
}
