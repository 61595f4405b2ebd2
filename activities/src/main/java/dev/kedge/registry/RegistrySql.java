package dev.kedge.registry;

/** The statements of the registry. */
final class RegistrySql {
  /** One registration at a time, so that two never take the same table. */
  static final String LOCK = "SELECT pg_advisory_xact_lock(hashtext('kedge.register'))";

  // The file name of the WAL being written begins with the timeline, at once after a promotion.
  static final String SERVER =
      """
      SELECT system_identifier::text,
        ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline
      FROM pg_control_system()""";

  static final String LEFT_TIMELINE =
      """
      SELECT m.timeline
      FROM kedge.migration m
      CROSS JOIN pg_control_system() s
      WHERE m.name = ? AND m.ended_at IS NULL
        AND (m.system_identifier <> s.system_identifier::text
          OR m.timeline <> ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int)""";

  static final String FOLLOW_TIMELINE =
      """
      UPDATE kedge.migration
      SET timeline = ?
      WHERE name = ? AND ended_at IS NULL AND timeline <> ?
      RETURNING id""";

  // Compares begin anew: what they found may have been lost.
  static final String FORGET_COMPARISONS = "DELETE FROM kedge.comparison WHERE migration = ?";
  static final String FORGET_SUSPECTS = "DELETE FROM kedge.suspect WHERE migration = ?";

  static final String IN_RECOVERY = "SELECT pg_is_in_recovery() AS standby";

  static final String UNFINISHED =
      """
      SELECT id, plan_hash, plan, system_identifier, timeline, started_at::timestamp(0) AS since
      FROM kedge.migration
      WHERE name = ? AND ended_at IS NULL""";

  static final String ADOPT =
      """
      UPDATE kedge.migration
      SET workflow_id = ?, run_id = ?, updated_at = now()
      WHERE name = ? AND ended_at IS NULL AND epoch = ?""";

  static final String FINISHED =
      """
      SELECT s.step
      FROM kedge.step s
      JOIN kedge.migration m ON m.id = s.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND s.state = 'done'
      ORDER BY s.step""";

  static final String OWNER =
      """
      SELECT m.name, m.started_at::timestamp(0) AS since
      FROM kedge.owned o
      JOIN kedge.migration m ON m.id = o.migration
      WHERE o.schema_name = ? AND o.table_name = ? AND m.ended_at IS NULL AND m.name <> ?""";

  static final String INSERT =
      """
      INSERT INTO kedge.migration (name, owner, database, workflow_id, run_id, started_by,
        plan_hash, plan, system_identifier, timeline, max_rate)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      RETURNING id, epoch""";

  static final String INSERT_MOVE =
      """
      INSERT INTO kedge.move (migration, move, source_oid, target_oid, rows_total)
      VALUES (?, ?, to_regclass(?), to_regclass(?), ?)""";

  // What an ended migration left behind is nobody's any more.
  static final String OWN =
      """
      INSERT INTO kedge.owned (schema_name, table_name, migration)
      VALUES (?, ?, ?)
      ON CONFLICT (schema_name, table_name) DO UPDATE SET migration = excluded.migration""";

  static final String NOTE_STATE =
      """
      UPDATE kedge.migration
      SET phase = ?, state = ?, reason = ?, updated_at = now(),
        ended_at = CASE WHEN ? THEN now() END
      WHERE name = ? AND ended_at IS NULL AND epoch = ?
      RETURNING id""";

  static final String FREE = "DELETE FROM kedge.owned WHERE migration = ?";

  static final String IS_UNFINISHED =
      "SELECT 1 FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

  static final String PAUSED =
      """
      UPDATE kedge.migration
      SET state = 'paused', reason = ?, updated_at = now()
      WHERE name = ? AND ended_at IS NULL""";

  static final String NOTE_DECISION =
      """
      INSERT INTO kedge.approval (migration, request_id, gate, decided_by, approve, comment,
        verdict, evidence_hash)
      SELECT id, ?, ?, ?, ?, ?, ?, ?
      FROM kedge.migration
      WHERE name = ? AND ended_at IS NULL
      ON CONFLICT (migration, request_id) DO NOTHING""";

  static final String TUNE =
      """
      UPDATE kedge.migration
      SET lanes = coalesce(?, lanes), chunk_millis = coalesce(?, chunk_millis),
        max_rate = coalesce(?, max_rate), updated_at = now()
      WHERE name = ? AND ended_at IS NULL""";

  static final String LIST =
      """
      SELECT name, owner, database, phase, state, reason,
        to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started_at,
        to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at
      FROM kedge.migration
      ORDER BY kedge.migration.started_at DESC""";

  private RegistrySql() {}
}
