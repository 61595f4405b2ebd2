package dev.kedge.registry;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fence of everything that is not a chunk: takes the step's row before anything is written, in
 * the same transaction, and marks it done after. A superseded caller finds no row at its epoch and
 * is refused; a bump of the epoch waits for the row.
 */
public final class StepFence {
  private StepFence() {}

  /**
   * Takes the row of {@code step}, making it when it is new. Returns its state: {@code open},
   * {@code done} or {@code undone}. Fails with {@link Failures#FENCED} when the epoch is over. Must
   * be the first statement of its transaction that reads or writes.
   */
  public static String take(Sql sql, Scope scope, String step) throws SQLException {
    sql.update(StepSql.MAKE, step, scope.migration(), scope.epoch());
    return sql.first(
            StepSql.TAKE, row -> row.getString("state"), scope.migration(), step, scope.epoch())
        .orElseThrow(() -> over(scope, step));
  }

  /** Marks a taken step; {@code detail} is kept for whoever undoes it. */
  public static void mark(Sql sql, Scope scope, String step, String state, @Nullable String detail)
      throws SQLException {
    sql.update(StepSql.MARK, state, detail, scope.migration(), step);
  }

  /** What {@link #mark} kept with a step; null when nothing. */
  public static @Nullable String detail(Sql sql, Scope scope, String step) throws SQLException {
    return sql.first(
            StepSql.DETAIL,
            row -> Optional.ofNullable(row.getString("detail")),
            scope.migration(),
            step)
        .flatMap(detail -> detail)
        .orElse(null);
  }

  /**
   * Whether somebody marked the step done, whatever the epoch; its row stays locked until the
   * transaction ends, so that nobody does meanwhile.
   */
  public static boolean isDone(Sql sql, Scope scope, String step) throws SQLException {
    return sql.first(
            StepSql.STATE, row -> row.getString("state").equals("done"), scope.migration(), step)
        .orElse(false);
  }

  private static RuntimeException over(Scope scope, String step) {
    return Failures.fenced(
        "%s of %s: epoch %d is over; nothing was changed"
            .formatted(step, scope.migration(), scope.epoch()));
  }
}
