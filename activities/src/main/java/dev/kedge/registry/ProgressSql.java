package dev.kedge.registry;

/** The statements of {@link ProgressReader}. */
final class ProgressSql {
  static final String MOVES =
      """
      SELECT v.move, v.rows_total, v.chunk_rows, v.blocked,
        (SELECT sum(r.rows) FROM kedge.range r
          WHERE r.migration = v.migration AND r.move = v.move)::bigint AS rows_done,
        (SELECT count(*) FROM kedge.lease l
          WHERE l.migration = v.migration AND l.move = v.move AND l.expires > clock_timestamp()) AS lanes,
        to_char(v.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started_at,
        to_char(v.filled_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS filled_at
      FROM kedge.move v
      JOIN kedge.migration m ON m.id = v.migration
      WHERE m.name = ? AND m.ended_at IS NULL
      ORDER BY v.move""";

  // What was captured since a tail's last round is no older than that round.
  static final String LAG =
      """
      SELECT (1000 * max(extract(epoch FROM clock_timestamp() - t.at)))::bigint AS lag
      FROM kedge.tail t
      JOIN kedge.migration m ON m.id = t.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND t.rounds > 0""";

  static final String APPLICATION =
      """
      SELECT m.deadlocks, m.serialization_failures, m.longest_wait_millis,
        (SELECT count(*) FROM pg_stat_activity w
          WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
            AND NOT starts_with(w.application_name, 'kedge:')
            AND EXISTS (
              SELECT 1 FROM pg_stat_activity o
              WHERE o.pid = ANY (pg_blocking_pids(w.pid))
                AND starts_with(o.application_name, left('kedge:' || ? || ':', 63)))) AS blocked_by_us
      FROM kedge.migration m
      WHERE m.name = ? AND m.ended_at IS NULL""";

  private ProgressSql() {}
}
