package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import dev.kedge.ledger.Claim;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.SqlStates;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A unique value of the target that two rows have for a while, though no two rows of the source
 * ever had it at once: each range, the tail and each cut of a window follow the source at a moment
 * of their own, and the row that gave the value up is one that its owner has not followed yet.
 *
 * <p>To try again is not to hope. What stands in the way can only be an old version of a row whose
 * key is captured: in the caller's own window, which it therefore applies whole; or in somebody
 * else's, who applies it within a second or, when nobody has it, once the caller lets go of its own
 * range to take that one. And where two wait for each other, each first takes its old versions out
 * of the other's way, in a transaction that leaves its window to be applied. So the value comes
 * free within some rounds; what does not is a value that rows of the source really share, and that
 * is said by name.
 */
final class Collision {
  private static final String UNIQUE_VIOLATION = "23505";

  private Collision() {}

  /** How much of its window a round takes. */
  enum Take {
    /** Up to where a large one is cut. */
    CUT,
    /** All of it: what left a unique value may be behind the cut. */
    WHOLE,
    /** All of it, but only takes old versions out; it stays to be applied. */
    SHED,
    /** All of it, but only finds the keys that cannot be brought over; nothing is written. */
    FIND
  }

  /** One transaction of a round. */
  interface Round<T> {
    T run(Take take) throws SQLException;
  }

  /** Whether the value may come free. */
  static boolean mayPass(MovePlan move, SQLException error) {
    return move.kind() == MovePlan.Kind.COPY && UNIQUE_VIOLATION.equals(error.getSQLState());
  }

  /** A round; its window is taken whole when a part of it meets a value that is not free. */
  static <T> T round(MovePlan move, Round<T> round) throws SQLException {
    try {
      return round.run(Take.CUT);
    } catch (SQLException e) {
      if (!mayPass(move, e)) {
        throw e;
      }
    }
    try {
      return round.run(Take.WHOLE);
    } catch (SQLException e) {
      if (mayPass(move, e)) {
        shed(round, e);
      }
      throw e;
    }
  }

  private static <T> void shed(Round<T> round, SQLException because) {
    try {
      round.run(Take.SHED);
    } catch (SQLException e) {
      // Whoever waits for us waits a little longer.
      because.addSuppressed(e);
    }
  }

  /**
   * The value did not come free.
   *
   * @param claim the range that met it; null for the tail
   */
  static ApplicationFailure stays(MovePlan move, @Nullable Claim claim, SQLException error) {
    if (move.owns() != null) {
      return SharedTarget.taken(move, error);
    }
    return Failures.badData(
        """
        %s: two rows of %s make one value that is unique in %s, and it does not come free: %s
        help: mend the rows, or leave the unique index out of expand and create it in contract; \
        then retry"""
            .formatted(
                claim == null ? "following " + move.source() : "filling " + keys(claim),
                move.source(),
                move.target(),
                SqlStates.describe(error)));
  }

  private static String keys(Claim claim) {
    return "keys "
        + (claim.cursor() == null ? "from the first" : "above " + key(claim.cursor()))
        + (claim.hi() == null ? " on" : " up to " + key(claim.hi()));
  }

  private static String key(List<String> columns) {
    return String.join(", ", columns);
  }
}
