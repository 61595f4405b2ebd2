package dev.kedge.reconcile;

/** The statements of {@link Trend}. */
final class TrendSql {
  static final String NOW = "SELECT clock_timestamp()::text AS now";

  // A finding that comes back is a new one.
  static final String KEEP =
      """
      INSERT INTO kedge.round AS r (migration, move, epoch, found, open)
      SELECT k.migration, k.move, k.epoch,
        count(f.key) FILTER (WHERE f.found_at >= k.begun), count(f.key)
      FROM (
        SELECT ?::bigint AS migration, ?::int AS move, ?::bigint AS epoch, ?::timestamptz AS begun
      ) k
      LEFT JOIN kedge.finding f
        ON f.migration = k.migration AND f.move = k.move AND f.closed_at IS NULL
      GROUP BY k.migration, k.move, k.epoch, k.begun
      RETURNING found, open, coalesce((
        SELECT b.open
        FROM kedge.round b
        WHERE b.migration = r.migration AND b.move = r.move
        ORDER BY b.n DESC
        LIMIT 1), 0) AS before""";

  static final String FORGET =
      """
      DELETE FROM kedge.round r
      USING (SELECT ?::bigint AS migration, ?::int AS move) k
      WHERE r.migration = k.migration AND r.move = k.move AND r.n <= (
        SELECT n FROM kedge.round
        WHERE migration = k.migration AND move = k.move
        ORDER BY n DESC OFFSET 500 LIMIT 1)""";

  private TrendSql() {}
}
