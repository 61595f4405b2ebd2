package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a chunk of two tables that are merged ends. */
final class Cuts {
  // So many rows are compared in a moment, however many the other side has meanwhile.
  private static final int CAREFUL = 10_000;

  private Cuts() {}

  /**
   * The key with which the first {@code rows} of {@code rest} end; null at the end of all keys.
   * Either side may have many rows where the other has few. Of large chunks that is not asked: the
   * time they take tells, and a chunk that takes too long is cut smaller.
   */
  static @Nullable List<String> of(Sql sql, Direction direction, KeyRange rest, int rows)
      throws SQLException {
    List<String> ofTruth =
        Snapshots.key(sql, RangeSql.cutOfTruth(direction.projection(), rest, rows))
            .orElse(rest.hi());
    if (rows > CAREFUL) {
      return ofTruth;
    }
    Fragment cut = RangeSql.cutOfFollower(direction, new KeyRange(rest.lo(), ofTruth), rows);
    List<List<String>> followers = sql.list(cut.text(), Snapshots::key, cut.values());
    return followers.size() > 1 ? followers.get(0) : ofTruth;
  }
}
