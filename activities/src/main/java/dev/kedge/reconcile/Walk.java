package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import dev.kedge.reconcile.Notes.Left;
import dev.kedge.reconcile.Seen.KeySeen;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares ranges of a move to their ends, chunk by chunk, as one lane of several. What cannot be
 * compared is cut down to the rows that are to blame.
 */
final class Walk {
  private static final Logger LOG = LoggerFactory.getLogger(Walk.class);

  // A follower that is far behind explains much; to wait for it is cheaper than to note all that.
  private static final int MANY = 1_000;
  private static final int WAITS = 3;
  private static final int MOST_BAD = 100;
  private static final String NOT_FILLED = "not filled yet";

  private final Matcher matcher;
  private final Notes notes;
  private final Patience patience;
  private final Attempts attempts;
  private final Pace pace;
  private int waits;
  private int bad;

  Walk(Matcher matcher, Notes notes, Patience patience, Pace pace) {
    this.matcher = matcher;
    this.notes = notes;
    this.patience = patience;
    this.attempts = new Attempts(patience);
    this.pace = pace;
  }

  /** Compares what is left of one range. */
  void run(Left range) throws SQLException {
    for (Optional<Left> left = Optional.of(range); left.isPresent(); ) {
      pace.await(() -> patience.pause(0));
      Left next = left.get();
      left = pace.step(() -> step(next));
    }
  }

  private Optional<Left> step(Left left) throws SQLException {
    long begun = System.nanoTime();
    Seen seen;
    try {
      seen = attempts.of(() -> matcher.next(left.range(), left.rest(), pace.rows()));
    } catch (CannotCompare e) {
      return cannot(left, e);
    } catch (SQLException e) {
      return refused(left, e);
    }
    pace.took(Duration.ofNanos(System.nanoTime() - begun));
    return take(left, seen);
  }

  private Optional<Left> take(Left left, Seen seen) throws SQLException {
    if (!seen.moment().ours()) {
      return giveUp(left, "the tables are not the ones that capture was installed on");
    }
    if (seen.moment().open()) {
      return notes.advance(left, seen, 1, NOT_FILLED);
    }
    if (seen.explained().size() > MANY && waits++ < WAITS) {
      patience.await(seen.moment().mark());
      return Optional.of(left);
    }
    waits = 0;
    return notes.advance(left, seen, 0, null);
  }

  private Optional<Left> cannot(Left left, CannotCompare e) throws SQLException {
    return switch (SqlStates.kindOf(e)) {
      case BAD_DATA, TOO_LARGE -> {
        if (pace.rows() == 1) {
          yield blame(left, e);
        }
        pace.tooMuch();
        yield Optional.of(left);
      }
      case CONTENTION, UNAVAILABLE, NO_SPACE, STATEMENT -> refused(left, e.error());
    };
  }

  // One row is left. The rows of the other side in between are looked at by key, later.
  private Optional<Left> blame(Left left, CannotCompare e) throws SQLException {
    if (++bad > MOST_BAD) {
      return giveUp(left, "too many rows cannot be compared: " + SqlStates.describe(e.error()));
    }
    List<KeySeen> keys = new ArrayList<>();
    for (List<String> key : matcher.followers(e.range())) {
      keys.add(new KeySeen(key, Kind.EXTRA, true));
    }
    @Nullable List<String> hi = e.range().hi();
    if (hi != null) {
      keys.add(new KeySeen(hi, Kind.NOT_COMPARABLE, false));
    }
    return notes.advance(
        left, unseen(e.range(), keys), hi == null ? 1 : 0, SqlStates.describe(e.error()));
  }

  // Whatever ends a compare each time it is tried is said of the range, and is no match. Where it
  // is the whole database that does not answer, noting it fails, too, and all of it is done again.
  private Optional<Left> refused(Left left, SQLException e) throws SQLException {
    if (SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION) {
      throw e;
    }
    return giveUp(left, SqlStates.describe(e));
  }

  private Optional<Left> giveUp(Left left, String reason) throws SQLException {
    LOG.warn("range {} cannot be compared: {}", left.range(), reason);
    return notes.advance(left, unseen(left.rest(), List.of()), 1, reason);
  }

  private static Seen unseen(KeyRange range, List<KeySeen> keys) {
    return new Seen(Moment.NONE, range, Seen.Counts.NONE, keys);
  }
}
