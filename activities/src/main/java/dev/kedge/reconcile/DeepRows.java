package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares the rows that the spec wants compared in every round, in both directions, whatever was
 * captured.
 */
final class DeepRows {
  private static final int PAGE = 1_000;
  // All of a chunk's rows may be meant.
  private static final int MOST = 20_000;

  private final Matcher matcher;
  private final Notes notes;
  private final KeyCheck check;
  private final Attempts attempts;
  private final Pace pace;
  private final Runnable pulse;

  DeepRows(
      Matcher matcher, Notes notes, KeyCheck check, Attempts attempts, Pace pace, Runnable pulse) {
    this.matcher = matcher;
    this.notes = notes;
    this.check = check;
    this.attempts = attempts;
    this.pace = pace;
    this.pulse = pulse;
  }

  /**
   * Some rows that were looked for.
   *
   * @param range where
   * @param keys that were found
   */
  record Found(KeyRange range, List<List<String>> keys) {
    Found {
      keys = List.copyOf(keys);
    }
  }

  void run(Scrutiny scrutiny) throws SQLException {
    check(scrutiny.keys());
    Optional<String> predicate = scrutiny.predicate();
    if (predicate.isPresent()) {
      try {
        walk(predicate.get());
      } catch (SQLException e) {
        if (SqlStates.kindOf(e) != SqlStates.Kind.BAD_DATA) {
          throw e;
        }
        notes.giveUp("rows for a deep check cannot be told apart: " + SqlStates.describe(e));
      }
    }
  }

  private void walk(String predicate) throws SQLException {
    for (Optional<KeyRange> rest = Optional.of(KeyRange.ALL); rest.isPresent(); ) {
      KeyRange left = rest.get();
      pace.await(pulse);
      rest = pace.step(() -> step(predicate, left));
    }
  }

  private Optional<KeyRange> step(String predicate, KeyRange rest) throws SQLException {
    long begun = System.nanoTime();
    Found found;
    try {
      found = attempts.of(() -> matcher.meant(rest, Math.min(MOST, pace.rows()), predicate));
    } catch (SQLException e) {
      if (SqlStates.kindOf(e) != SqlStates.Kind.TOO_LARGE || pace.rows() == 1) {
        throw e;
      }
      pace.tooMuch();
      return Optional.of(rest);
    }
    pace.took(Duration.ofNanos(System.nanoTime() - begun));
    check(found.keys());
    KeyRange next = new KeyRange(found.range().hi(), null);
    return Objects.equals(next.lo(), null) ? Optional.empty() : Optional.of(next);
  }

  private void check(List<List<String>> keys) throws SQLException {
    for (int from = 0; from < keys.size(); from += PAGE) {
      pulse.run();
      check.check(keys.subList(from, Math.min(keys.size(), from + PAGE)));
    }
  }
}
