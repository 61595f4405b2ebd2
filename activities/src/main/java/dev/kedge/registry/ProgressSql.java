package dev.kedge.registry;

/** The statements of {@link ProgressReader}. */
final class ProgressSql {
  static final String ID = "SELECT id FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

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
