package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.Projection;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.List;

/**
 * A target that several moves fill, each its own rows. What each move follows in a moment of its
 * own may meet for a while: a row that went from one source to another is there twice, or two rows
 * that swapped a unique value stand in each other's way. The second comes again until the first has
 * left; what stays is a key or value that two moves make.
 */
final class SharedTarget {
  private static final String UNIQUE_VIOLATION = "23505";

  private SharedTarget() {}

  /** Whether a row of another move may be what was in the way. */
  static boolean mayPass(MovePlan move, SQLException error) {
    return move.owns() != null && UNIQUE_VIOLATION.equals(error.getSQLState());
  }

  /** A row did not leave. */
  static ApplicationFailure taken(MovePlan move, SQLException error) {
    return Failures.badData(
        """
        a row that %s makes is in %s already, made by another move: %s
        help: two moves never make one key or unique value; mend the rows of the sources, or tell \
        them apart by a constant in the key, then retry"""
            .formatted(move.source(), move.target(), SqlStates.describe(error)));
  }

  /** A row is not its move's own. */
  static ApplicationFailure stray(Projection projection, List<String> key) {
    return Failures.badData(
        """
        row %s of %s makes a row of %s that its own owns: is not true for, or that another move's \
        owns: is true for; nothing of it was written
        help: owns: is true for exactly the rows of its move; mend the row, or leave it out by where:"""
            .formatted(String.join(", ", key), projection.read(), projection.written()));
  }
}
