package dev.kedge.inplace;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;

/**
 * Makes rows agree that do not. The columns of the writing side are the truth: until {@code writes}
 * the new ones are set, from then on the old ones, where they follow at all.
 */
public final class InPlaceRepair {
  private InPlaceRepair() {}

  /**
   * Repairs the rows of {@code keys} in the caller's fenced READ COMMITTED transaction; returns how
   * many it changed. Rows that agree either way stay as they are.
   */
  public static long repair(Sql sql, MoveScope scope, KeySet keys) throws SQLException {
    CapturedMove captured = new CapturedMove(InPlaceNames.of(sql, scope));
    captured.check(sql);
    boolean newIsWritten = captured.half(sql) == Half.BOTH;
    if (newIsWritten && scope.move().reverse().isEmpty()) {
      return 0;
    }
    // Silence is for filled columns: foreign keys of the old ones are to be checked.
    sql.execute(
        newIsWritten
            ? FillSql.bounds(InPlaceFiller.LONGEST)
            : FillSql.before(scope.move(), InPlaceFiller.LONGEST));
    Fragment repair =
        newIsWritten
            ? FillSql.followBack(scope.move(), keys)
            : FillSql.fillKeys(scope.move(), keys);
    return sql.update(repair.text(), repair.values());
  }
}
