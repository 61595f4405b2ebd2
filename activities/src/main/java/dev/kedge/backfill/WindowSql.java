package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that read a log. */
public final class WindowSql {
  private WindowSql() {}

  /**
   * Log rows that {@code applied} does not see and the transaction does, up to the cut. Not {@code
   * NOT pg_visible_in_snapshot}: that reads the whole log above an old xmin.
   */
  static Fragment rows(KeyLog log, String applied, Cut cut) {
    Fragment below = cut.below();
    return Fragment.of(
            "  SELECT * FROM %s WHERE xid >= pg_snapshot_xmax(?::pg_snapshot)"
                .formatted(log.table()),
            applied)
        .then(below)
        .then(
            """

              UNION ALL
              SELECT * FROM %s WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(?::pg_snapshot)))"""
                .formatted(log.table()),
            applied)
        .then(below);
  }

  /** All log rows that {@code applied} does not see and the transaction does. */
  public static Fragment rows(KeyLog log, String applied) {
    return rows(log, applied, Cut.NONE);
  }

  /** Keys of the window in one range, and the marks of an emptied table. */
  static Fragment keysIn(KeyLog log, String applied, Cut cut, KeyRange range) {
    return select(log)
        .then("FROM (\n")
        .then(rows(log, applied, cut))
        .then("\n) l\nWHERE l.k1 IS NULL OR (")
        .then(log.columns().in(range, "l."))
        .then(")");
  }

  /**
   * Keys of the window in those ranges of the ledger that are in the tail, the ones given by number
   * apart. Neighbours count as one range, and no bound is cast twice: a window may have many keys,
   * and each is held against each range.
   */
  static Fragment keysInTail(
      KeyLog log, String applied, Cut cut, long migration, int move, List<String> but) {
    return Fragment.of(
            """
            WITH members AS MATERIALIZED (
              SELECT r.range, r.lo, r.hi,
                r.lo IS NULL OR r.lo IS DISTINCT FROM lag(r.hi) OVER (ORDER BY r.range) AS begins
              FROM kedge.range r
              WHERE r.migration = ? AND r.move = ? AND r.state = 'tail' AND r.range <> ALL (?::int[])
            ),
            runs AS (
              SELECT min(m.range) AS first, max(m.range) AS last
              FROM (
                SELECT range, count(*) FILTER (WHERE begins) OVER (ORDER BY range) AS run FROM members
              ) m
              GROUP BY m.run
            ),
            covered AS MATERIALIZED (
              SELECT f.lo IS NULL AS low, l.hi IS NULL AS high, %s, %s
              FROM runs
              JOIN members f ON f.range = runs.first
              JOIN members l ON l.range = runs.last
            )
            """
                .formatted(bounds(log, "f", "lo"), bounds(log, "l", "hi")),
            migration,
            move,
            but)
        .then(select(log))
        .then("FROM (\n")
        .then(rows(log, applied, cut))
        .then(
            """

            ) l
            WHERE l.k1 IS NULL OR EXISTS (
              SELECT
              FROM covered r
              WHERE (r.low OR (%1$s) > (%2$s)) AND (r.high OR (%1$s) <= (%3$s)))"""
                .formatted(log.columns().list("l."), numbered(log, "r.lo"), numbered(log, "r.hi")));
  }

  /**
   * The transaction id behind which a window is cut, so that about {@code rows} log rows stay; no
   * row when there are fewer. All rows of one transaction stay together.
   */
  static Fragment cut(KeyLog log, String applied, long rows) {
    return Fragment.of(
        """
        SELECT (xid::text::bigint + 1)::text AS cut
        FROM %s
        WHERE xid >= pg_snapshot_xmax(?::pg_snapshot)
        ORDER BY xid
        OFFSET ? LIMIT 1"""
            .formatted(log.table()),
        applied,
        rows);
  }

  /** This transaction's snapshot as it would see things before the cut. Binds it, three times. */
  static final String SNAPSHOT_BEFORE =
      """
      SELECT (
        least(pg_snapshot_xmin(s.now), ?::xid8)::text || ':' || ?::text || ':' || coalesce(
          (SELECT string_agg(x.id::text, ',' ORDER BY x.id)
            FROM pg_snapshot_xip(s.now) AS x (id)
            WHERE x.id < ?::xid8),
          ''))::pg_snapshot::text AS snapshot
      FROM (SELECT pg_current_snapshot() AS now) s""";

  /** Whether the window has more rows than that. */
  static Fragment exceeds(KeyLog log, String applied, long rows) {
    return Fragment.of("SELECT EXISTS (\n")
        .then(rows(log, applied, Cut.NONE))
        .then("\nOFFSET ? LIMIT 1\n) AS found", rows);
  }

  /**
   * Forgets a whole compare that would keep the log from being trimmed: while a gate waits for days
   * the log must not grow for ever, and the next look at evidence compares everything anew. One
   * that is under way is left alone. Binds migration and move, twice, then how many log rows may
   * stay.
   */
  static String forgetCompare(KeyLog log) {
    return """
        DELETE FROM kedge.comparison
        WHERE migration = ? AND move = ?
          AND NOT EXISTS (
            SELECT FROM kedge.comparison WHERE migration = ? AND move = ? AND NOT finished)
          AND (SELECT n FROM %1$s ORDER BY xid DESC, n DESC LIMIT 1)
            - (SELECT n FROM %1$s ORDER BY xid, n LIMIT 1) > ?"""
        .formatted(log.table());
  }

  /** Removes what no snapshot in the ledger still needs. Binds migration and move, three times. */
  static String trim(KeyLog log) {
    return """
        DELETE FROM %s
        WHERE xid < (
          SELECT min(pg_snapshot_xmin(a.applied))
          FROM (
            SELECT applied FROM kedge.range WHERE migration = ? AND move = ? AND state <> 'tail'
            UNION ALL
            SELECT applied FROM kedge.tail WHERE migration = ? AND move = ?
            UNION ALL
            SELECT since FROM kedge.comparison WHERE migration = ? AND move = ?
          ) a)"""
        .formatted(log.table());
  }

  // Spellings are kept apart: DISTINCT by bytes, whatever the column's collation.
  private static Fragment select(KeyLog log) {
    String keys =
        log.columns().names().stream()
            .map(k -> "l." + k + "::text COLLATE \"C\" AS " + k)
            .collect(Collectors.joining(", "));
    return Fragment.of("SELECT DISTINCT " + keys + "\n");
  }

  private static String bounds(KeyLog log, String range, String bound) {
    return IntStream.range(0, log.key().types().size())
        .mapToObj(
            i ->
                "(%1$s.%2$s)[%3$d]::%4$s AS %2$s%3$d"
                    .formatted(range, bound, i + 1, log.key().types().get(i)))
        .collect(Collectors.joining(", "));
  }

  private static String numbered(KeyLog log, String prefix) {
    return IntStream.rangeClosed(1, log.key().types().size())
        .mapToObj(i -> prefix + i)
        .collect(Collectors.joining(", "));
  }
}
