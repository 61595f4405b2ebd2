package dev.kedge.throttle;

/** The statements that read signals. */
final class SignalSql {
  /** What a lost slot retains: beyond every bound. */
  static final double LOST = 9e18;

  /** Without it the rows of others have NULL where their state would be, which reads as "none". */
  static final String SEES =
      "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees,"
          + " quote_ident(current_user) AS role";

  static final String WAL_END =
      "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS bytes";

  // Subscribers and backups are no replicas; slotRetention looks at those.
  static final String REPLICAS =
      """
      SELECT r.application_name || coalesce(' at ' || host(r.client_addr), '') AS name,
        extract(epoch FROM r.replay_lag)::double precision * 1000 AS lag_millis,
        pg_wal_lsn_diff(r.replay_lsn, '0/0')::bigint AS bytes
      FROM pg_stat_replication r
      LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
      WHERE r.state <> 'backup' AND s.slot_type IS DISTINCT FROM 'logical'""";

  /** On a replica. */
  static final String REPLAYED =
      """
      SELECT pg_is_in_recovery() AS standby,
        pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint AS bytes,
        extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::double precision
          * 1000 AS lag_millis""";

  // Waits that end by themselves within the bound of our own locks are not counted.
  static final String BLOCKED_BY_US =
      """
      SELECT count(DISTINCT w.pid) AS value
      FROM pg_locks w
      JOIN pg_stat_activity a ON a.pid = w.pid
      WHERE NOT w.granted AND w.waitstart < clock_timestamp() - interval '100 milliseconds'
        AND a.datname = current_database() AND NOT starts_with(a.application_name, 'kedge:')
        AND EXISTS (
          SELECT FROM pg_stat_activity o
          WHERE o.pid = ANY (pg_blocking_pids(w.pid))
            AND starts_with(o.application_name, left('kedge:' || ? || ':', 63)))""";

  static final String ACTIVE_SESSIONS =
      """
      SELECT count(*) AS value
      FROM pg_stat_activity
      WHERE state = 'active' AND backend_type = 'client backend'
        AND application_name <> 'kedge' AND NOT starts_with(application_name, 'kedge:')""";

  static final String SLOT_RETENTION =
      """
      SELECT coalesce(max(CASE
          WHEN wal_status = 'lost' THEN 9e18
          ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)
        END), 0)::double precision AS value
      FROM pg_replication_slots""";

  static final String OLDEST_XMIN =
      """
      SELECT greatest(
        (SELECT max(age(backend_xmin)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()),
        (SELECT max(age(transaction)) FROM pg_prepared_xacts),
        (SELECT max(greatest(age(xmin), age(catalog_xmin))) FROM pg_replication_slots),
        0) AS value""";

  static final String AUTOVACUUM =
      """
      WITH RECURSIVE tables (oid) AS (
        SELECT unnest(ARRAY[source_oid, target_oid] || joined_oids)
        FROM kedge.move
        WHERE migration = ?
        UNION
        SELECT i.inhrelid
        FROM tables t
        JOIN pg_inherits i ON i.inhparent = t.oid
      ),
      and_toast (oid) AS (
        SELECT oid FROM tables
        UNION ALL
        SELECT c.reltoastrelid FROM tables JOIN pg_class c USING (oid)
      )
      SELECT count(*) AS value
      FROM pg_stat_progress_vacuum v
      JOIN pg_stat_activity a ON a.pid = v.pid
      WHERE a.backend_type = 'autovacuum worker' AND v.datname = current_database()
        AND v.relid IN (SELECT oid FROM and_toast)""";

  static final String DATABASE_SIZE = "SELECT pg_database_size(current_database()) AS value";

  // Of a move that was begun and is not filled; where there is none, nothing can stall.
  static final String PROGRESS =
      """
      SELECT coalesce(md5(string_agg(
          concat_ws(' ', r.move, r.range, r.state, r.pass, r.cursor::text), ';'
          ORDER BY r.move, r.range)), '') AS mark
      FROM kedge.move m
      JOIN kedge.range r USING (migration, move)
      WHERE m.migration = ? AND m.started_at IS NOT NULL AND m.filled_at IS NULL""";

  // Three rounds of one compare, each with more new ones than the last: that is beyond every bound,
  // however few they are. Rounds before the latest resume are forgiven.
  static final String DIFFERENCES =
      """
      SELECT CASE
          WHEN EXISTS (
            SELECT
            FROM (
              SELECT array_agg(r.found ORDER BY r.n DESC) AS found
              FROM (
                SELECT r.*, row_number() OVER (PARTITION BY r.move ORDER BY r.n DESC) AS back
                FROM kedge.round r
                WHERE r.migration = m.id AND r.epoch = m.epoch
              ) r
              WHERE r.back <= 3
              GROUP BY r.move
            ) l
            WHERE l.found[1] > l.found[2] AND l.found[2] > l.found[3] AND l.found[3] > 0)
          THEN 2147483647
          ELSE (
            SELECT count(*) FROM kedge.finding f WHERE f.migration = m.id AND f.closed_at IS NULL)
        END AS value
      FROM kedge.migration m
      WHERE m.id = ?""";

  // Sent the moment somebody is seen to wait for a chunk of ours; a chunk is small and done again.
  static final String CANCEL_CHUNKS =
      """
      WITH chunks AS MATERIALIZED (
        SELECT DISTINCT o.pid
        FROM pg_locks w
        JOIN pg_stat_activity a ON a.pid = w.pid
        CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)
        JOIN pg_stat_activity o ON o.pid = b.pid
        WHERE NOT w.granted AND w.waitstart < clock_timestamp() - ? * interval '1 millisecond'
          AND a.datname = current_database() AND NOT starts_with(a.application_name, 'kedge:')
          AND o.application_name = 'kedge:' || ? || ':fill' AND pg_has_role(o.usesysid, 'USAGE')
      )
      SELECT pid, pg_cancel_backend(pid) AS cancelled
      FROM chunks""";

  private SignalSql() {}
}
