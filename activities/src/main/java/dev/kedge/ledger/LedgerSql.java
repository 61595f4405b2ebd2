package dev.kedge.ledger;

/** The statements of {@link Ledger}. */
final class LedgerSql {
  // Leases stand apart from the fence's rows; a lease only keeps two from doing the same work. One
  // of an earlier epoch counts no more.
  static final String CLAIM =
      """
      WITH free AS (
        SELECT l.range
        FROM kedge.lease l
        JOIN kedge.range r USING (migration, move, range)
        WHERE l.migration = ? AND l.move = ? AND r.state = 'open' AND r.epoch = ?
          AND l.range <> ALL (?::int[])
          AND (l.owner IS NULL OR NOT starts_with(l.owner, r.epoch || '/')
            OR l.expires < clock_timestamp())
        ORDER BY l.range
        LIMIT 1
        FOR UPDATE OF l SKIP LOCKED
        FOR SHARE OF r SKIP LOCKED
      )
      UPDATE kedge.lease l
      SET owner = ?, expires = clock_timestamp() + interval '30 seconds'
      FROM free
      WHERE l.migration = ? AND l.move = ? AND l.range = free.range
      RETURNING l.range""";

  static final String TUNED =
      "SELECT coalesce(chunk_millis, 0) AS chunk_millis FROM kedge.migration WHERE id = ?";

  // FOR SHARE: a bump of the epoch waits for it, and after a bump there is nothing to write.
  private static final String MINE =
      """
      WITH mine AS (
        SELECT l.range
        FROM kedge.lease l
        JOIN kedge.range r USING (migration, move, range)
        WHERE l.migration = ? AND l.move = ? AND l.owner = ? AND r.epoch = ?
        FOR SHARE OF r
      )
      UPDATE kedge.lease l
      SET %s
      FROM mine
      WHERE l.migration = ? AND l.move = ? AND l.range = mine.range""";

  static final String RENEW = MINE.formatted("expires = clock_timestamp() + interval '30 seconds'");

  static final String RELEASE = MINE.formatted("owner = NULL, expires = NULL");

  private static final String COLUMNS =
      "range, lo, hi, cursor, turn, pass, state, epoch, applied::text AS applied";

  static final String READ =
      "SELECT " + COLUMNS + " FROM kedge.range WHERE migration = ? AND move = ? AND range = ?";

  // The snapshot of this statement; nothing of the range has been read before it.
  static final String BEGIN =
      """
      UPDATE kedge.range
      SET turn = turn + 1, applied = pg_current_snapshot()
      WHERE migration = ? AND move = ? AND range = ? AND epoch = ? AND turn = ?
        AND cursor IS NOT DISTINCT FROM lo AND applied IS NULL AND state = 'open'""";

  // The migration's epoch is read, not held: once a fence is announced no chunk begins.
  static final String ADVANCE =
      """
      UPDATE kedge.range
      SET turn = turn + 1, cursor = ?::text[], state = ?, pass = ?
      WHERE migration = ? AND move = ? AND range = ? AND epoch = ? AND turn = ? AND pass = ?
        AND cursor IS NOT DISTINCT FROM ?::text[] AND state = 'open'
        AND EXISTS (
          SELECT FROM kedge.migration m WHERE m.id = range.migration AND m.epoch = range.epoch)""";

  static final String COUNT =
      """
      UPDATE kedge.range
      SET rows = rows + ?
      WHERE migration = ? AND move = ? AND range = ?""";

  static final String HOLD =
      """
      UPDATE kedge.range
      SET turn = turn + 1
      WHERE migration = ? AND move = ? AND range = ? AND epoch = ? AND turn = ?
        AND cursor IS NOT DISTINCT FROM ?::text[] AND state = 'open'
      RETURNING applied::text AS applied""";

  static final String APPLIED =
      """
      UPDATE kedge.range
      SET applied = coalesce(?::pg_snapshot, pg_current_snapshot())
      WHERE migration = ? AND move = ? AND range = ?""";

  static final String OPEN =
      """
      SELECT count(*) FILTER (WHERE r.state = 'open') AS open,
        bool_and(r.epoch = ?) IS NOT FALSE AND EXISTS (
          SELECT FROM kedge.migration m WHERE m.id = ? AND m.epoch = ? AND m.ended_at IS NULL
        ) AS current
      FROM kedge.range r
      WHERE r.migration = ? AND r.move = ?""";

  static final String STARTED =
      """
      UPDATE kedge.move
      SET started_at = now()
      WHERE migration = ? AND move = ? AND started_at IS NULL""";

  static final String FINISHED =
      """
      WITH current AS (
        SELECT id FROM kedge.migration WHERE id = ? AND epoch = ? AND open FOR SHARE
      )
      UPDATE kedge.move m
      SET filled_at = now()
      FROM current
      WHERE m.migration = current.id AND m.migration = ? AND m.move = ? AND m.filled_at IS NULL AND NOT EXISTS (
        SELECT FROM kedge.range r
        WHERE r.migration = m.migration AND r.move = m.move AND r.state = 'open')""";

  private LedgerSql() {}
}
