package dev.kedge.reconcile;

import dev.kedge.projection.KeySide;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements of {@link Notes}. */
final class NotesSql {
  static final String SUBJECT =
      """
      SELECT m.id, coalesce(v.writing, 'old') AS writing, coalesce(m.lanes, 0) AS lanes
      FROM kedge.migration m
      LEFT JOIN kedge.move v ON v.migration = m.id AND v.move = ?
      WHERE m.name = ? AND m.ended_at IS NULL""";

  // Moves are numbered from 1, in the order of the spec.
  static final String SCRUTINY =
      """
      SELECT s.move ->> 'deepCheck' AS deep_check, s.move ->> 'window' AS recent,
        ARRAY(SELECT jsonb_array_elements_text(s.move -> 'groupBy')) AS group_by
      FROM (
        SELECT plan::jsonb #> ARRAY['spec', 'moves', (?::int - 1)::text] AS move
        FROM kedge.migration
        WHERE id = ?
      ) s""";

  // FOR SHARE: a bump of the epoch waits for it, and after a bump there is nothing to write.
  static final String FENCE =
      """
      SELECT id
      FROM kedge.migration
      WHERE id = ? AND epoch = ? AND ended_at IS NULL
      FOR SHARE""";

  // A range of the ledger may have been cut in two since, while it was filled.
  private static final String SAME_RANGES =
      """
      NOT EXISTS (
        SELECT
        FROM kedge.comparison s
        JOIN kedge.range r USING (migration, move, range)
        WHERE s.migration = c.migration AND s.move = c.move
          AND (r.lo IS DISTINCT FROM s.lo OR r.hi IS DISTINCT FROM s.hi))""";

  static final String IS_RUN =
      """
      SELECT
      FROM kedge.comparison c
      WHERE migration = ? AND move = ? AND run = ? AND writing = ? AND\s"""
          + SAME_RANGES;

  // The row of a move without ranges is no range.
  static final String IS_BEGUN =
      """
      SELECT coalesce(bool_and(writing = ? AND (range > 0 OR writing = 'new') AND %s), false) AS begun
      FROM kedge.comparison c
      WHERE migration = ? AND move = ?"""
          .formatted(SAME_RANGES);

  static final String FORGET = "DELETE FROM kedge.comparison WHERE migration = ? AND move = ?";

  static final String FORGET_SUSPECTS =
      "DELETE FROM kedge.suspect WHERE migration = ? AND move = ?";

  // Without a snapshot from the beginning the log could be trimmed before the first chunk has one.
  static final String BEGIN_RANGES =
      """
      INSERT INTO kedge.comparison (migration, move, range, run, writing, lo, hi, cursor, since)
      SELECT migration, move, range, ?, ?, lo, hi, lo, pg_current_snapshot()
      FROM kedge.range
      WHERE migration = ? AND move = ?""";

  static final String BEGIN_ALL =
      """
      INSERT INTO kedge.comparison (migration, move, range, run, writing, since)
      VALUES (?, ?, 0, ?, ?, pg_current_snapshot())""";

  // A move without ranges has nothing that could be compared yet.
  static final String BEGIN_NOTHING =
      """
      INSERT INTO kedge.comparison (migration, move, range, run, writing, finished,
        not_comparable, reason)
      VALUES (?, ?, 0, ?, ?, true, 1, 'nothing is filled yet')""";

  static final String AGAIN =
      """
      UPDATE kedge.comparison c
      SET cursor = lo, finished = false, since = pg_current_snapshot(), snapshot = NULL,
        compared_at = NULL, files = NULL, reason = NULL, compared = 0, following = 0, digest = 0,
        missing = 0, extra = 0, different = 0, not_comparable = 0, explained = 0, unlisted = 0,
        agrees_forward = 0, agrees_reverse = 0
      WHERE c.migration = ? AND c.move = ?""";

  // What could not be compared, was not equal, and what is older than the spec lets it be.
  static final String AGAIN_STALE =
      AGAIN
          + """

          AND c.finished AND (c.not_comparable > 0 OR c.unlisted > 0 OR c.compared_at IS NULL
            OR c.missing + c.extra + c.different > 0
            OR c.compared_at <= now() - (
              SELECT coalesce(m.plan::jsonb #>> '{spec,evidence,maxAge}', 'P7D')::interval
              FROM kedge.migration m
              WHERE m.id = c.migration))""";

  static final String UNFINISHED =
      """
      SELECT range, cursor, hi
      FROM kedge.comparison
      WHERE migration = ? AND move = ? AND NOT finished
      ORDER BY range""";

  static final String ADVANCE =
      """
      UPDATE kedge.comparison
      SET cursor = ?::text[], finished = ?,
        since = CASE WHEN files IS NULL THEN coalesce(?::pg_snapshot, since) ELSE since END,
        snapshot = coalesce(snapshot, ?::pg_snapshot), compared_at = coalesce(compared_at, now()),
        files = coalesce(files, ?), reason = coalesce(reason, ?), compared = compared + ?,
        following = following + ?, digest = digest + ?::numeric,
        missing = missing + ?, extra = extra + ?, different = different + ?,
        not_comparable = not_comparable + CASE WHEN reason = ? THEN 0 ELSE ? END, explained = explained + ?, unlisted = unlisted + ?,
        agrees_forward = agrees_forward + ?, agrees_reverse = agrees_reverse + ?
      WHERE migration = ? AND move = ? AND range = ? AND NOT finished
        AND cursor IS NOT DISTINCT FROM ?::text[]""";

  static final String GIVE_UP =
      """
      UPDATE kedge.comparison
      SET not_comparable = not_comparable + 1, reason = coalesce(reason, ?)
      WHERE migration = ? AND move = ?""";

  static final String BECAUSE =
      """
      UPDATE kedge.comparison
      SET reason = coalesce(reason, ?)
      WHERE migration = ? AND move = ?""";

  static final String REASONS =
      """
      SELECT DISTINCT reason
      FROM kedge.comparison
      WHERE migration = ? AND move = ? AND reason IS NOT NULL
      ORDER BY reason
      LIMIT 20""";

  // Where ranges stand at several snapshots, the least of their xmin takes in more than it must,
  // never less.
  static final String SINCE =
      """
      SELECT
        CASE WHEN s.one THEN pg_snapshot_xmax(s.since::pg_snapshot) ELSE s.xmin END::text AS from_xid,
        ARRAY(
          SELECT x.xid::text
          FROM pg_snapshot_xip(CASE WHEN s.one THEN s.since::pg_snapshot END) AS x (xid)
          WHERE pg_visible_in_snapshot(x.xid, pg_current_snapshot())) AS ended,
        s.replaced
      FROM (
        SELECT min(pg_snapshot_xmin(since)) AS xmin, count(DISTINCT since::text) = 1 AS one,
          min(since::text) AS since, bool_or(files <> ?) AS replaced
        FROM kedge.comparison
        WHERE migration = ? AND move = ? AND since IS NOT NULL
      ) s
      WHERE s.since IS NOT NULL""";

  static final String IS_LATER =
      """
      SELECT EXISTS (
        SELECT FROM kedge.comparison
        WHERE migration = ? AND move = ? AND NOT pg_visible_in_snapshot(?::xid8, since)) AS later""";

  static final String CAUGHT_UP =
      """
      UPDATE kedge.comparison
      SET since = ?::pg_snapshot
      WHERE migration = ? AND move = ?""";

  static final String OPEN_FINDINGS =
      """
      SELECT count(*) AS open
      FROM kedge.finding
      WHERE migration = ? AND move = ? AND closed_at IS NULL""";

  static final String SUSPECTS =
      """
      SELECT key
      FROM kedge.suspect
      WHERE migration = ? AND move = ? AND (?::text[] IS NULL OR key > ?::text[])
      ORDER BY key
      LIMIT ?""";

  static final String FINDINGS =
      """
      SELECT key
      FROM kedge.finding
      WHERE migration = ? AND move = ? AND closed_at IS NULL
        AND (?::text[] IS NULL OR key > ?::text[])
      ORDER BY key
      LIMIT ?""";

  static final String COUNT_SUSPECTS =
      "SELECT count(*) AS suspects FROM kedge.suspect WHERE migration = ? AND move = ?";

  // A round of the tail, or of a lane over its range, moves it.
  static final String MARK =
      """
      SELECT coalesce((SELECT sum(turn) FROM kedge.tail WHERE migration = ? AND move = ?), 0)
        + coalesce((SELECT sum(turn) FROM kedge.range WHERE migration = ? AND move = ?), 0) AS mark""";

  static final String TOTALS =
      """
      SELECT coalesce(sum(c.compared), 0) AS compared, coalesce(sum(c.explained), 0) AS explained,
        coalesce(sum(c.unlisted), 0) AS unlisted,
        coalesce(sum(c.not_comparable), 0) AS not_comparable,
        coalesce(sum(c.agrees_forward), 0) AS forward,
        coalesce(sum(c.agrees_reverse), 0) AS reverse,
        coalesce(bool_and(c.finished), false) AS finished
      FROM kedge.comparison c
      WHERE c.migration = ? AND c.move = ?""";

  static final String BY_KIND =
      """
      SELECT kind, count(*) AS keys
      FROM kedge.finding
      WHERE migration = ? AND move = ? AND closed_at IS NULL
      GROUP BY kind""";

  static final String EXAMPLES =
      """
      SELECT array_to_string(key, ',') AS key, kind
      FROM kedge.finding
      WHERE migration = ? AND move = ? AND closed_at IS NULL
      ORDER BY found_at, kedge.finding.key
      LIMIT 20""";

  // What cannot be taken over comes and goes with the application's rows, and is listed by name.
  static final String RETURNED =
      """
      SELECT array_to_string(f.key, ',') AS key, f.kind
      FROM kedge.finding f
      WHERE f.migration = ? AND f.move = ? AND f.closed_at IS NULL AND f.times > 1
        AND f.kind <> 'notComparable'
        AND NOT EXISTS (
          SELECT FROM kedge.straggler s
          WHERE s.migration = f.migration AND s.move = f.move AND s.key = f.key)
        AND NOT EXISTS (
          SELECT FROM kedge.quarantine q
          WHERE q.migration = f.migration AND q.move = f.move AND q.key = f.key)
      ORDER BY f.found_at, f.key
      LIMIT 20""";

  private NotesSql() {}

  /**
   * Has the ranges of keys compared again. Binds migration, move, the keys.
   *
   * @param table whose keys they are, quoted: it has the collations that ranges were cut by
   */
  static String againOf(String table, KeySide key) {
    int width = key.names().size();
    return AGAIN
        + """

          AND EXISTS (
            SELECT
            FROM (
              SELECT %s FROM %s WHERE false
              UNION ALL
              SELECT %s FROM unnest(%s) AS u (%s)
            ) k (%s)
            WHERE (c.lo IS NULL OR (%s) > (%s)) AND (c.hi IS NULL OR (%s) <= (%s)))"""
            .formatted(
                key.list(""),
                table,
                typed("u.k%d::%s", key),
                arrays(width),
                names(width, ""),
                names(width, ""),
                names(width, "k."),
                typed("c.lo[%d]::%s", key),
                names(width, "k."),
                typed("c.hi[%d]::%s", key));
  }

  private static String typed(String form, KeySide key) {
    return IntStream.range(0, key.types().size())
        .mapToObj(i -> form.formatted(i + 1, key.types().get(i)))
        .collect(Collectors.joining(", "));
  }

  /** Lists keys; what comes back is counted again. Binds migration, move, the keys, kinds. */
  static String find(int width) {
    return """
        INSERT INTO kedge.finding AS f (migration, move, key, kind)
        SELECT DISTINCT ON (3) ?::bigint, ?::int, %s, u.kind
        FROM unnest(%s, ?::text[]) AS u (%s, kind)
        ORDER BY 3
        ON CONFLICT (migration, move, key) DO UPDATE
        SET kind = EXCLUDED.kind,
          times = f.times + CASE WHEN f.closed_at IS NULL THEN 0 ELSE 1 END,
          found_at = CASE WHEN f.closed_at IS NULL THEN f.found_at ELSE now() END,
          repaired = false,
          closed_at = NULL"""
        .formatted(key(width), arrays(width), names(width, ""));
  }

  /** Closes findings. Binds whether repaired, migration, move, the keys. */
  static String close(int width) {
    return """
        UPDATE kedge.finding
        SET closed_at = now(), repaired = ?
        WHERE migration = ? AND move = ? AND closed_at IS NULL AND key IN (%s)"""
        .formatted(keys(width));
  }

  /** Names suspects. Binds migration, move, the keys. */
  static String suspect(int width) {
    return """
        INSERT INTO kedge.suspect (migration, move, key)
        SELECT ?, ?, k.key FROM (%s) k
        ON CONFLICT (migration, move, key) DO NOTHING"""
        .formatted(keys(width));
  }

  /** Clears suspects. Binds migration, move, the keys. */
  static String clear(int width) {
    return "DELETE FROM kedge.suspect WHERE migration = ? AND move = ? AND key IN (%s)"
        .formatted(keys(width));
  }

  private static String keys(int width) {
    return "SELECT %s AS key FROM unnest(%s) AS u (%s)"
        .formatted(key(width), arrays(width), names(width, ""));
  }

  private static String key(int width) {
    return "ARRAY[" + names(width, "u.") + "]";
  }

  private static String arrays(int width) {
    return String.join(", ", Collections.nCopies(width, "?::text[]"));
  }

  private static String names(int width, String prefix) {
    return IntStream.rangeClosed(1, width)
        .mapToObj(i -> prefix + "k" + i)
        .collect(Collectors.joining(", "));
  }
}
