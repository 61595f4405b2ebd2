package dev.kedge.reconcile;

/** The statements of {@link Repairs}. */
final class RepairSql {
  static final String BEGUN =
      """
      SELECT n, findings
      FROM kedge.repair
      WHERE migration = ? AND move = ? AND run = ?""";

  // Once the target follows in the application's own transactions, the tail applies under locks.
  static final String BEGIN =
      """
      INSERT INTO kedge.repair (migration, move, run, asked_by, direction, applier, findings)
      SELECT ?, ?, ?, ?, ?,
        CASE WHEN ? THEN 'in place'
          WHEN EXISTS (
            SELECT FROM kedge.move m
            WHERE m.migration = f.migration AND m.move = f.move
              AND m.following <> 'trailing' AND m.writing = 'old') THEN 'locking'
          ELSE 'tail' END,
        f.open
      FROM (
        SELECT migration, move, count(*) AS open
        FROM kedge.finding
        WHERE migration = ? AND move = ? AND closed_at IS NULL
        GROUP BY migration, move
      ) f
      RETURNING n, findings""";

  static final String MARK =
      """
      UPDATE kedge.finding
      SET repair = ?
      WHERE migration = ? AND move = ? AND closed_at IS NULL""";

  static final String END =
      """
      UPDATE kedge.repair
      SET repaired = findings - least(findings, ?), still_open = ?, ended_at = clock_timestamp()
      WHERE migration = ? AND n = ?""";

  private RepairSql() {}
}
