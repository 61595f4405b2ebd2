package dev.kedge.registry;

/** The statements of {@link Fence}. */
final class FenceSql {
  static final String CHUNK =
      """
      SELECT chunk_millis, plan
      FROM kedge.migration
      WHERE name = ? AND ended_at IS NULL""";

  // Whoever waits for a row does not get it before those who come later and want the row's next
  // version: a lane could go on from chunk to chunk. It finds this epoch, committed before.
  static final String ANNOUNCE =
      """
      UPDATE kedge.migration
      SET epoch = greatest(epoch, ?) + 1
      WHERE name = ? AND ended_at IS NULL""";

  // Above the caller's as well: a failover may have lost bumps, and no epoch is given twice.
  static final String BUMP =
      """
      UPDATE kedge.migration
      SET epoch = greatest(epoch, ?) + 1, open = ?, state = CASE WHEN ? THEN state ELSE 'paused' END,
        reason = ?, updated_at = now()
      WHERE name = ? AND ended_at IS NULL
      RETURNING id, epoch""";

  // In the order of all who hold several of these rows: migration, tail, ranges, steps. A lane
  // holds
  // its range only, a tail its own row before the ranges, a step its migration's before its own.
  static final String LOCK_TAILS =
      """
      SELECT 1
      FROM kedge.tail
      WHERE migration = ?
      ORDER BY move
      FOR NO KEY UPDATE""";

  static final String LOCK_RANGES =
      """
      SELECT 1
      FROM kedge.range
      WHERE migration = ?
      ORDER BY move, range
      FOR NO KEY UPDATE""";

  static final String LOCK_STEPS =
      """
      SELECT 1
      FROM kedge.step
      WHERE migration = ?
      ORDER BY step
      FOR NO KEY UPDATE""";

  static final String TAILS = "UPDATE kedge.tail SET epoch = ? WHERE migration = ?";
  static final String RANGES = "UPDATE kedge.range SET epoch = ? WHERE migration = ?";
  static final String STEPS = "UPDATE kedge.step SET epoch = ? WHERE migration = ?";

  static final String NOW = "SELECT clock_timestamp()::text AS now";

  // application_name is cut at 63 bytes. The sessions of others, whom we could not end, are not
  // ours.
  private static final String OURS =
      """
      FROM pg_stat_activity
      WHERE datname = current_database()
        AND starts_with(application_name, left('kedge:' || ? || ':', 63))
        AND pid <> pg_backend_pid()
        AND pg_has_role(usesysid, 'USAGE')""";

  static final String EARLIER = "SELECT pid\n" + OURS + "\n  AND xact_start < ?::timestamptz";

  static final String TERMINATE =
      "SELECT pid, pg_terminate_backend(pid)\n"
          + OURS
          + "\n  AND xact_start < clock_timestamp() - ? * interval '1 millisecond'";

  private FenceSql() {}
}
