package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.SqlStates;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** A row of the source that the target cannot have, by its key. */
final class BadRow {
  private BadRow() {}

  /**
   * The migration stops at it.
   *
   * @param key of the row; empty when it went or was mended before it could be named
   */
  static ApplicationFailure stops(MovePlan move, Optional<List<String>> key, SQLException error) {
    return Failures.badData(
        """
        filling %s: %s of %s cannot be taken over: %s; nothing of it was written
        help: mend the row, or what columns: or where: say of it, then retry"""
            .formatted(move.target(), row(key), move.source(), SqlStates.describe(error)));
  }

  /** The migration stops at a row that was captured. */
  static ApplicationFailure stopsFollowing(MovePlan move, List<String> key, SQLException error) {
    return Failures.badData(
        """
        following %s: row %s cannot be brought over: %s; nothing of it was written
        help: mend the row, or what columns: or where: say of it, then retry"""
            .formatted(move.source(), String.join(", ", key), SqlStates.describe(error)));
  }

  /** So many are not about single rows. */
  static ApplicationFailure tooMany(MovePlan move, long most, SQLException error) {
    return Failures.badData(
        """
        more than %d rows of %s cannot be taken over, the last because: %s
        help: see kedge.quarantine for their keys; mend what columns: or where: say of them, then \
        start again"""
            .formatted(most, move.source(), SqlStates.describe(error)));
  }

  /** Not even alone does it end in its time. */
  static ApplicationFailure takesTooLong(
      MovePlan move, Optional<List<String>> key, SQLException error) {
    return Failures.statementFailed(
        """
        filling %s: %s of %s does not end in its time even alone (%s); nothing of it was written
        help: make the expression or the table's own triggers cheaper for that row, or change it; \
        then retry"""
            .formatted(move.target(), row(key), move.source(), SqlStates.describe(error)));
  }

  private static String row(Optional<List<String>> key) {
    return key.map(columns -> "row " + String.join(", ", columns)).orElse("a row");
  }
}
