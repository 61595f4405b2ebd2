package dev.kedge.inplace;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** The statements of {@link InPlaceFiller} and {@link InPlaceRepair}. */
final class FillSql {
  private FillSql() {}

  /**
   * What comes before a statement that fills: its bounds, and silence of the table's ordinary
   * triggers where the plan says so. Ours are ALWAYS on, and deaf to us anyway; foreign keys are
   * not checked meanwhile, and the plan refuses those of filled columns.
   */
  static String before(MovePlan move, Duration chunk) {
    return bounds(chunk) + (move.quiet() ? "; SET LOCAL session_replication_role = replica" : "");
  }

  /**
   * Bounds the statement, and each of its waits for a row by half of that: a row that somebody
   * holds is then told apart from a chunk that is too large. Nor do we ever wait until the server
   * looks for a deadlock, in which the application could be the victim. Not from pg_settings, which
   * makes all of its rows each time.
   */
  static String bounds(Duration chunk) {
    long millis = Math.max(2, chunk.toMillis());
    return """
        SET LOCAL statement_timeout = %d;
        SELECT set_config('lock_timeout', greatest(1, least(%d,
          (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 500)::int))::text || 'ms', true)"""
        .formatted(millis, millis / 2);
  }

  /**
   * Sets the new columns of the rows of a range that have not their values yet. What waits for a
   * row that the application has changed takes it as it is then, in SET and WHERE alike.
   */
  static Fragment fill(MovePlan move, KeyRange range) {
    return set(move, move.columns())
        .then(Projection.sourceKey(move).in(range, ""))
        .then("\n  AND (" + AgreementSql.differs(move.columns()) + ")");
  }

  /** The same for single keys. */
  static Fragment fillKeys(MovePlan move, KeySet keys) {
    return only(move, keys, set(move, move.columns()))
        .then("\n  AND (" + AgreementSql.differs(move.columns()) + ")");
  }

  /** Sets the old columns of rows that agree neither way. */
  static Fragment followBack(MovePlan move, KeySet keys) {
    return only(move, keys, set(move, move.reverse()))
        .then("\n  AND NOT (" + AgreementSql.forward(move) + ")")
        .then("\n  AND (" + AgreementSql.differs(move.reverse()) + ")");
  }

  private static Fragment set(MovePlan move, List<ProjectedColumn> columns) {
    String sets =
        columns.stream()
            .map(c -> Quoting.name(c.column()) + " = " + AgreementSql.bindable(c))
            .collect(Collectors.joining(",\n  "));
    return Fragment.of("UPDATE %s\nSET %s\nWHERE ".formatted(Quoting.table(move.source()), sets));
  }

  private static Fragment only(MovePlan move, KeySet keys, Fragment update) {
    Projection projection = Projection.forward(move);
    return Fragment.of("WITH ")
        .then(projection.keys(keys))
        .then("\n")
        .then(update)
        .then(projection.readIn(keys));
  }
}
