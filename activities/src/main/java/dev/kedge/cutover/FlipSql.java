package dev.kedge.cutover;

/** The statements of a flip, of settling, and of whoever waits for them. */
final class FlipSql {
  // Asked for at an epoch: after a pause nobody waits for it any more.
  static final String WANT =
      """
      UPDATE kedge.move
      SET flip_epoch = ?, flip = CASE WHEN following = 'trailing' THEN NULL ELSE flip END
      WHERE migration = ? AND move = ? AND writing = 'old' AND following <> 'settled'""";

  static final String LOOK =
      """
      SELECT writing, following, flip, blocked
      FROM kedge.move
      WHERE migration = ? AND move = ?""";

  // Under the tail's fence, like all that a tail writes.
  static final String NOTE =
      """
      UPDATE kedge.move
      SET flip = coalesce(?, flip), blocked = ?
      WHERE migration = ? AND move = ?""";

  static final String SNAPSHOT = "SELECT pg_current_snapshot()::text AS snapshot";

  // Transactions of this database that are open now: each holds the lock on its own virtual id, and
  // everybody may see that. backend_xmin would tell more, but reads as "none" without a right.
  static final String OPEN =
      """
      SELECT l.virtualxid AS id,
        coalesce(nullif(a.application_name, ''), a.usename, 'somebody') || ' (pid ' || l.pid || ')'
          AS name
      FROM pg_locks l
      JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
        AND l.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL
        AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())""";

  // One that was prepared has no virtual id any more, but what it did to the source is locked.
  static final String PREPARED =
      """
      SELECT DISTINCT l.virtualtransaction AS id, 'a prepared transaction' AS name
      FROM pg_locks l
      WHERE l.pid IS NULL AND l.locktype = 'relation' AND l.relation = ?::regclass
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

  static final String OVERTAKEN =
      "SELECT overtaken FROM kedge.move WHERE migration = ? AND move = ?";

  static final String SETTLED =
      """
      UPDATE kedge.move
      SET following = 'settled', blocked = NULL
      WHERE migration = ? AND move = ? AND following = 'flipped' AND writing = 'old'
        AND overtaken = ?""";

  private FlipSql() {}
}
