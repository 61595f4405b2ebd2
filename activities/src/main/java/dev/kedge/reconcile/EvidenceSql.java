package dev.kedge.reconcile;

/** The statements of {@link EvidenceSeal}. */
final class EvidenceSql {
  static final String FENCE =
      """
      SELECT id, plan
      FROM kedge.migration
      WHERE name = ? AND epoch = ? AND ended_at IS NULL
      FOR UPDATE""";

  static final String MOVE =
      """
      SELECT m.writing, m.following, m.deferred IS NOT NULL AS deferred,
        (SELECT count(*) FROM kedge.range r
         WHERE r.migration = m.migration AND r.move = m.move AND r.state = 'open') AS open,
        (SELECT count(*) FROM kedge.suspect s
         WHERE s.migration = m.migration AND s.move = m.move) AS explained
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  // What was recorded before the copy has to be there again, word for word.
  static final String NOT_RESTORED =
      """
      SELECT d.value ->> 'name' AS name
      FROM kedge.move m
      CROSS JOIN LATERAL jsonb_array_elements(m.deferred::jsonb) d
      WHERE m.migration = ? AND m.move = ?
        AND CASE d.value ->> 'kind'
          WHEN 'FOREIGN' THEN NOT EXISTS (
            SELECT FROM pg_constraint c
            WHERE c.conrelid = m.target_oid AND c.contype = 'f'
              AND c.conname = d.value ->> 'name'
              AND pg_get_constraintdef(c.oid) = d.value ->> 'definition')
          ELSE NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = m.target_oid AND i.indisvalid
              AND pg_get_indexdef(i.indexrelid) = d.value ->> 'index'
              AND (d.value ->> 'kind' = 'INDEX' OR EXISTS (
                SELECT FROM pg_constraint c
                WHERE c.conindid = i.indexrelid AND c.contype = 'u'
                  AND d.value ->> 'definition' = CASE
                    WHEN c.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED'
                    WHEN c.condeferrable THEN ' DEFERRABLE'
                    ELSE ''
                  END)))
        END
      ORDER BY 1""";

  static final String FINDINGS =
      """
      SELECT count(*) AS open
      FROM kedge.finding
      WHERE migration = ? AND closed_at IS NULL""";

  static final String FINDINGS_OF =
      """
      SELECT array_to_string(key, ',') AS key, kind, times
      FROM kedge.finding
      WHERE migration = ? AND move = ? AND closed_at IS NULL
      ORDER BY found_at, kedge.finding.key
      LIMIT 20""";

  static final String QUARANTINED =
      "SELECT count(*) AS rows FROM kedge.quarantine WHERE migration = ? AND move = ?";

  static final String QUARANTINED_EXAMPLES =
      """
      SELECT array_to_string(key, ',') AS key, words
      FROM kedge.quarantine
      WHERE migration = ? AND move = ?
      ORDER BY kedge.quarantine.key
      LIMIT 20""";

  // Of a move that was compared: what differs still is an open finding.
  static final String FORGET_AGREEING =
      """
      DELETE FROM kedge.quarantine q
      WHERE q.migration = ? AND q.move = ? AND NOT EXISTS (
        SELECT FROM kedge.finding f
        WHERE f.migration = q.migration AND f.move = q.move AND f.key = q.key
          AND f.closed_at IS NULL)""";

  static final String REPAIRS_OF =
      """
      SELECT asked_by, direction, applier, findings, repaired, still_open,
        to_json(ended_at) #>> '{}' AS at
      FROM kedge.repair
      WHERE migration = ? AND move = ? AND ended_at IS NOT NULL
      ORDER BY n DESC
      LIMIT 20""";

  static final String PLAN_HASH = "SELECT plan_hash FROM kedge.migration WHERE id = ?";

  // What is void is never sealed again under its number.
  static final String SEALED =
      """
      SELECT number
      FROM kedge.evidence
      WHERE migration = ? AND hash = ? AND void_at IS NULL""";

  static final String SEAL =
      """
      INSERT INTO kedge.evidence (migration, number, gate, clean, hash, content)
      SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?
      FROM kedge.evidence
      WHERE migration = ?
      RETURNING number""";

  static final String VOID_WHY =
      """
      SELECT void_why
      FROM kedge.evidence
      WHERE migration = ? AND number = ?""";

  static final String ROUND =
      """
      INSERT INTO kedge.evidence_round (migration, evidence, round, promotion, clean, compared,
        missing, extra, different, not_comparable, explained, doubts)
      SELECT ?, ?, coalesce(max(round), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?::text[]
      FROM kedge.evidence_round
      WHERE migration = ? AND evidence = ?
      RETURNING round, to_json(at) #>> '{}' AS at""";

  // The first reason stays.
  static final String VOID =
      """
      UPDATE kedge.evidence
      SET void_at = now(), void_why = ?
      WHERE migration = ? AND number = ? AND void_at IS NULL""";

  static final String VOID_OF =
      """
      UPDATE kedge.evidence e
      SET void_at = now(), void_why = ?
      FROM kedge.migration m
      WHERE m.name = ? AND m.ended_at IS NULL AND e.migration = m.id AND e.number = ?
        AND e.void_at IS NULL""";

  private EvidenceSql() {}
}
