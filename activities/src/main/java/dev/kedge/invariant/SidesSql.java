package dev.kedge.invariant;

import dev.kedge.backfill.WindowSql;
import dev.kedge.capture.KeyLog;
import dev.kedge.projection.Fragment;
import java.util.List;

/** The statements that read how far the sides of a move are. */
final class SidesSql {
  static final String EXPORT = "SELECT pg_export_snapshot() AS snapshot";

  // What went or came as a whole partition is underway until its keys are in the log.
  static final String MOVE =
      """
      SELECT m.source_oid, m.target_oid, m.writing = 'old' AS forward, m.filled_at IS NOT NULL AS filled,
        m.writing = 'old' AND m.following = 'settled' AS settled,
        m.pending IS NOT NULL OR EXISTS (
          SELECT FROM kedge.emptied e WHERE e.migration = m.migration AND e.move = m.move) AS moving
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  // A range in the tail has what the tail applied.
  static final String APPLIED =
      """
      SELECT DISTINCT
        coalesce(CASE WHEN r.state = 'tail' THEN t.applied ELSE r.applied END::text, '') AS applied
      FROM kedge.range r
      LEFT JOIN kedge.tail t USING (migration, move)
      WHERE r.migration = ? AND r.move = ?""";

  private SidesSql() {}

  /** Whether the transaction sees a captured key that one of these snapshots does not. */
  static Fragment pending(KeyLog log, List<String> applied) {
    Fragment query = Fragment.of("SELECT EXISTS (\n");
    String between = "";
    for (String each : applied) {
      query = query.then(between).then(WindowSql.rows(log, each));
      between = "\n  UNION ALL\n";
    }
    return query.then("\n) AS pending");
  }
}
