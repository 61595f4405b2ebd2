package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import dev.kedge.reconcile.Seen.KeySeen;
import java.sql.SQLException;
import java.util.List;

/** Compares single keys and keeps what comes of it; keys that cannot be compared are found. */
final class KeyCheck {
  private final Matcher matcher;
  private final Notes notes;
  private final Attempts attempts;
  private final boolean repairing;

  /**
   * @param repairing whether a finding that is equal now was repaired by us
   */
  KeyCheck(Matcher matcher, Notes notes, Attempts attempts, boolean repairing) {
    this.matcher = matcher;
    this.notes = notes;
    this.attempts = attempts;
    this.repairing = repairing;
  }

  void check(List<List<String>> keys) throws SQLException {
    if (keys.isEmpty()) {
      return;
    }
    Seen seen;
    try {
      seen = attempts.of(() -> matcher.keys(keys));
    } catch (SQLException e) {
      split(keys, e);
      return;
    }
    notes.keep(seen.moment().ours() ? seen : blamed(keys), repairing);
  }

  private void split(List<List<String>> keys, SQLException e) throws SQLException {
    SqlStates.Kind kind = SqlStates.kindOf(e);
    if (kind != SqlStates.Kind.BAD_DATA && kind != SqlStates.Kind.TOO_LARGE) {
      throw e;
    }
    if (keys.size() == 1) {
      notes.keep(blamed(keys), false);
      notes.because(SqlStates.describe(e));
      return;
    }
    int half = keys.size() / 2;
    check(keys.subList(0, half));
    check(keys.subList(half, keys.size()));
  }

  private static Seen blamed(List<List<String>> keys) {
    return new Seen(
        Moment.NONE,
        dev.kedge.projection.KeyRange.ALL,
        Seen.Counts.NONE,
        keys.stream().map(key -> new KeySeen(key, Kind.NOT_COMPARABLE, false)).toList());
  }
}
