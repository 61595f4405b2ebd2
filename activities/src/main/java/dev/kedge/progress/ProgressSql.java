package dev.kedge.progress;

import dev.kedge.capture.KeyLog;
import org.jspecify.annotations.Nullable;

/** The statements that read how far a migration is. */
final class ProgressSql {
  static final String ID = "SELECT id FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

  static final String APPLICATION =
      """
      SELECT m.deadlocks, m.serialization_failures, m.lock_timeouts, m.longest_wait_millis,
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

  // Only at the current epoch: after a pause nothing of ours commits. Measured over two seconds;
  // what
  // is older than a minute is from before a pause. The best and the worst rate of late fade into
  // the
  // present one, by half in a bit more than a minute.
  static final String SAMPLE =
      """
      WITH current AS (
        SELECT id FROM kedge.migration WHERE id = ? AND epoch = ? AND open FOR SHARE SKIP LOCKED
      ),
      due AS (
        SELECT m.migration, m.move, m.sampled_rows, m.sampled_at
        FROM kedge.move m
        JOIN current c ON c.id = m.migration
        WHERE m.move = ? AND m.filled_at IS NULL
          AND (m.sampled_at IS NULL OR m.sampled_at < clock_timestamp() - interval '2 seconds')
        FOR UPDATE OF m SKIP LOCKED
      ),
      done AS (
        SELECT sum(r.rows) AS rows
        FROM kedge.range r
        JOIN due d USING (migration, move)
      ),
      rate AS (
        SELECT d.migration, d.move, done.rows,
          CASE WHEN d.sampled_at > clock_timestamp() - interval '1 minute'
            THEN (done.rows - d.sampled_rows)
              / nullif(extract(epoch FROM clock_timestamp() - d.sampled_at), 0)
          END AS now
        FROM due d, done
      )
      UPDATE kedge.move m
      SET sampled_rows = r.rows, sampled_at = clock_timestamp(),
        chunk_rows = coalesce(?, m.chunk_rows), chunk_millis = coalesce(?, m.chunk_millis),
        rows_per_second = r.now,
        rate_best = greatest(r.now, m.rate_best + (r.now - m.rate_best) * 0.02),
        rate_worst = least(r.now, m.rate_worst + (r.now - m.rate_worst) * 0.02)
      FROM rate r
      WHERE m.migration = r.migration AND m.move = r.move""";

  /**
   * How far one move is, as one row: {@code rows_done, rows_total, rows_per_second, eta_seconds,
   * eta_low, eta_high, lanes, chunk_rows, chunk_millis, started_at, filled_at, captured,
   * lag_millis, blocked, following, quarantined, longest_millis, longest_keys, longest_at}. Binds
   * migration and move. The log is one that exists; null for a move without one.
   */
  static String read(@Nullable KeyLog log) {
    return """
        SELECT p.rows_done, p.rows_total, p.rows_per_second,
          CASE
            WHEN p.filled_at IS NULL AND p.rows_per_second > 0 AND p.rows_total > p.rows_done
            THEN (p.rows_total - p.rows_done) / p.rows_per_second
          END AS eta_seconds,
          CASE
            WHEN p.filled_at IS NULL AND p.rate_best > 0 AND p.rows_total > p.rows_done
            THEN (p.rows_total - p.rows_done) / p.rate_best
          END AS eta_low,
          CASE
            WHEN p.filled_at IS NULL AND p.rate_worst > 0 AND p.rows_total > p.rows_done
            THEN (p.rows_total - p.rows_done) / p.rate_worst
          END AS eta_high,
          p.lanes, p.chunk_rows, p.chunk_millis, p.started_at, p.filled_at, p.blocked, p.following,
          p.quarantined, t.longest_millis, t.longest_keys, to_json(t.longest_at) #>> '{}' AS longest_at,
          l.captured, l.lag_millis
        FROM (
          SELECT m.rows_total, m.chunk_rows, m.chunk_millis, m.rate_best, m.rate_worst, m.blocked,
            m.following,
            CASE WHEN m.filled_at IS NULL THEN m.rows_per_second END AS rows_per_second,
            to_json(m.started_at) #>> '{}' AS started_at,
            to_json(m.filled_at) #>> '{}' AS filled_at,
            coalesce(
              (SELECT sum(r.rows) FROM kedge.range r
                WHERE r.migration = m.migration AND r.move = m.move),
              m.rows_done) AS rows_done,
            (SELECT count(DISTINCT e.owner) FROM kedge.lease e
              WHERE e.migration = m.migration AND e.move = m.move
                AND e.expires > clock_timestamp()) AS lanes,
            (SELECT count(*) FROM kedge.quarantine q
              WHERE q.migration = m.migration AND q.move = m.move) AS quarantined,
            m.migration, m.move
          FROM kedge.move m
          WHERE m.migration = ? AND m.move = ?
        ) p
        LEFT JOIN kedge.tail t ON t.migration = p.migration AND t.move = p.move
        LEFT JOIN LATERAL (
        %s
        ) l ON true"""
        .formatted(log == null ? NO_LOG : pending(log));
  }

  /** Some rows in quarantine, by key. Binds migration and move. */
  static final String QUARANTINED =
      """
      SELECT array_to_string(q.key, ',') AS key, q.words, q.times
      FROM kedge.quarantine q
      WHERE q.migration = ? AND q.move = ?
      ORDER BY q.key
      LIMIT 5""";

  private static final String NO_LOG =
      "  SELECT NULL::bigint AS captured, NULL::bigint AS lag_millis";

  // Counted no further than people care: a paused migration's log may have millions of rows.
  private static String pending(KeyLog log) {
    return """
          SELECT count(*) AS captured,
            (extract(epoch FROM clock_timestamp() - min(k.at)) * 1000)::bigint AS lag_millis
          FROM (
            SELECT k.at
            FROM %s k
            WHERE k.xid >= coalesce(
                (SELECT min(pg_snapshot_xmax(a.applied))
                  FROM (
                    SELECT t.applied FROM kedge.tail t
                    WHERE t.migration = p.migration AND t.move = p.move
                    UNION ALL
                    SELECT r.applied FROM kedge.range r
                    WHERE r.migration = p.migration AND r.move = p.move AND r.state <> 'tail'
                  ) a),
                '0'::xid8)
            LIMIT 100000
          ) k"""
        .formatted(log.table());
  }
}
