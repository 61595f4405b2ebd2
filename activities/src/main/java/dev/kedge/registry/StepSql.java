package dev.kedge.registry;

/** The statements of {@link StepFence}. */
final class StepSql {
  // The row is made at the migration's own epoch, and only by a caller who holds that epoch. FOR
  // SHARE of the migration's row makes a bump that comes at the same time wait or be seen.
  static final String MAKE =
      """
      INSERT INTO kedge.step (migration, step, epoch)
      SELECT id, ?, epoch
      FROM kedge.migration
      WHERE name = ? AND ended_at IS NULL AND epoch = ? AND open
      FOR SHARE
      ON CONFLICT (migration, step) DO NOTHING""";

  static final String TAKE =
      """
      UPDATE kedge.step s
      SET turn = s.turn + 1
      FROM kedge.migration m
      WHERE m.name = ? AND m.ended_at IS NULL AND s.migration = m.id AND s.step = ? AND s.epoch = ?
      RETURNING s.state""";

  static final String DETAIL =
      """
      SELECT s.detail
      FROM kedge.step s
      JOIN kedge.migration m ON m.id = s.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND s.step = ?""";

  static final String STATE =
      """
      SELECT s.state
      FROM kedge.step s
      JOIN kedge.migration m ON m.id = s.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND s.step = ?
      FOR UPDATE OF s""";

  static final String MARK =
      """
      UPDATE kedge.step s
      SET state = ?, detail = COALESCE(?, s.detail), at = now()
      FROM kedge.migration m
      WHERE m.name = ? AND m.ended_at IS NULL AND s.migration = m.id AND s.step = ?""";

  private StepSql() {}
}
