package dev.kedge.inplace;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.Projection;
import java.time.Duration;
import java.util.stream.Collectors;

/** The statements of {@link InPlaceFiller}. */
final class FillSql {
  private FillSql() {}

  /**
   * Bounds the statement, and each of its waits for a row by half of that: a row that somebody
   * holds is then told apart from a chunk that is too large.
   */
  static String bounds(Duration chunk) {
    long millis = Math.max(2, chunk.toMillis());
    return "SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d"
        .formatted(millis, millis / 2);
  }

  /**
   * Sets the new columns of the rows of a range that have not their values yet. What waits for a
   * row that the application has changed takes it as it is then, in SET and WHERE alike.
   */
  static Fragment fill(MovePlan move, KeyRange range) {
    String sets =
        move.columns().stream()
            .map(c -> Quoting.name(c.column()) + " = " + AgreementSql.bindable(c))
            .collect(Collectors.joining(",\n  "));
    return Fragment.of("UPDATE %s\nSET %s\nWHERE ".formatted(Quoting.table(move.source()), sets))
        .then(Projection.sourceKey(move).in(range, ""))
        .then("\n  AND (" + AgreementSql.differs(move.columns()) + ")");
  }
}
