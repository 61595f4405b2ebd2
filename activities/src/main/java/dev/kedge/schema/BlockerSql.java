package dev.kedge.schema;

/** The statements that find and note who is in the way. */
final class BlockerSql {
  // Never the query: it has values. xact_start of other roles is NULL without pg_read_all_stats.
  static final String BLOCKERS =
      """
      SELECT pid,
        coalesce(nullif(application_name, ''), backend_type, 'unknown') AS name,
        extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds
      FROM pg_stat_activity
      WHERE pid = ANY (pg_blocking_pids(?))
      ORDER BY xact_start
      LIMIT 5""";

  // Only at the epoch of the one who waits: after a pause nothing of his commits any more.
  static final String NOTE =
      """
      UPDATE kedge.move v
      SET blocked = ?
      FROM kedge.migration m
      WHERE m.name = ? AND m.ended_at IS NULL AND m.epoch = ? AND m.open AND v.migration = m.id""";

  static final String COUNT =
      """
      UPDATE kedge.migration
      SET deadlocks = deadlocks + ?, serialization_failures = serialization_failures + ?
      WHERE name = ? AND ended_at IS NULL AND epoch = ? AND open""";

  private BlockerSql() {}
}
