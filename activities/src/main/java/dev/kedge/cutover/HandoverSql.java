package dev.kedge.cutover;

import java.util.List;

/** The statements of a handover and of whoever waits for it. */
final class HandoverSql {
  // Asked for at an epoch: after a pause nobody waits for it any more. Asking for the side that is
  // written takes back what was asked before.
  static final String WANT =
      """
      UPDATE kedge.move
      SET wanted = CASE WHEN writing <> ? THEN ? END, wanted_epoch = ?,
        handover = CASE WHEN writing = ? THEN handover END
      WHERE migration = ? AND move = ?
        AND (wanted IS DISTINCT FROM CASE WHEN writing <> ? THEN ? END
          OR wanted_epoch IS DISTINCT FROM ?)
      RETURNING wanted IS NOT NULL AS asked""";

  static final String LOOK =
      """
      SELECT writing, handover, blocked
      FROM kedge.move
      WHERE migration = ? AND move = ?""";

  static final String SWITCHED =
      """
      UPDATE kedge.move
      SET writing = ?, wanted = NULL, wanted_epoch = NULL, handover = ?, blocked = NULL
      WHERE migration = ? AND move = ? AND wanted = ?""";

  // Under the tail's fence, like all that a tail writes.
  static final String NOTE =
      """
      UPDATE kedge.move
      SET handover = coalesce(?, handover), blocked = ?
      WHERE migration = ? AND move = ?""";

  static final String BY_OID =
      """
      SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
        c.relkind = 'p' AS partitioned
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = ANY (?::text[]::regclass[])
      ORDER BY c.oid""";

  // Whoever has written to one of the tables and is still open. Others' ages in pg_stat_activity
  // may be hidden from us, pg_locks is not: seen twice, they are old.
  static final String WRITERS =
      """
      SELECT l.virtualtransaction AS writer,
        coalesce(
          coalesce(nullif(a.application_name, ''), a.usename, a.backend_type, 'somebody') || ' (pid ' || l.pid || ')',
          'a prepared transaction') AS name
      FROM pg_locks l
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.relation IN (
          SELECT m.relid
          FROM unnest(?::text[]::regclass[]) AS t (oid)
          CROSS JOIN LATERAL (
            SELECT t.oid::oid AS relid
            UNION ALL
            SELECT p.relid::oid FROM pg_partition_tree(t.oid) p
          ) m)
        AND l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock',
          'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')""";

  static final String LOCK_TIMEOUT =
      """
      SELECT greatest(1, least(100, setting::int / 2)) AS millis
      FROM pg_settings
      WHERE name = 'deadlock_timeout'""";

  private HandoverSql() {}

  static String lock(List<String> tables) {
    return "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE".formatted(String.join(", ", tables));
  }

  static String bound(long millis, long silence) {
    return statementTimeout(millis)
        + "; SET LOCAL idle_in_transaction_session_timeout = "
        + silence;
  }

  static String statementTimeout(long millis) {
    return "SET LOCAL statement_timeout = " + Math.max(1, millis);
  }
}
