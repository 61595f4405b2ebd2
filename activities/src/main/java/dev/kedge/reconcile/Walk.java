package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import dev.kedge.reconcile.Notes.Left;
import dev.kedge.reconcile.Seen.KeySeen;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the ranges of a move from before every key to after every key, chunk by chunk, going on
 * where the notes say. What cannot be compared is cut down to the rows that are to blame.
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

  void run() throws SQLException {
    for (var left = notes.unfinished(); left.isPresent(); left = notes.unfinished()) {
      pace.await(() -> patience.pause(0));
      Left next = left.get();
      pace.step(() -> step(next));
    }
  }

  private void step(Left left) throws SQLException {
    long mark = notes.mark();
    long begun = System.nanoTime();
    Seen seen;
    try {
      seen = attempts.of(() -> matcher.next(left.range(), left.rest(), pace.rows()));
    } catch (CannotCompare e) {
      cannot(left, e);
      return;
    } catch (SQLException e) {
      refused(left, e);
      return;
    }
    pace.took(Duration.ofNanos(System.nanoTime() - begun));
    take(left, seen, mark);
  }

  private void take(Left left, Seen seen, long mark) throws SQLException {
    if (!seen.moment().ours()) {
      giveUp(left, "the tables are not the ones that capture was installed on");
    } else if (seen.moment().open()) {
      notes.advance(left, seen, 1, NOT_FILLED);
    } else if (seen.explained().size() > MANY && waits++ < WAITS) {
      patience.await(mark);
    } else {
      waits = 0;
      notes.advance(left, seen, 0, null);
    }
  }

  private void cannot(Left left, CannotCompare e) throws SQLException {
    switch (SqlStates.kindOf(e)) {
      case BAD_DATA, TOO_LARGE -> {
        if (pace.rows() > 1) {
          pace.tooMuch();
        } else {
          blame(left, e);
        }
      }
      case CONTENTION, UNAVAILABLE, NO_SPACE, STATEMENT -> refused(left, e.error());
    }
  }

  // One row is left. The rows of the other side in between are looked at by key, later.
  private void blame(Left left, CannotCompare e) throws SQLException {
    if (++bad > MOST_BAD) {
      giveUp(left, "too many rows cannot be compared: " + SqlStates.describe(e.error()));
      return;
    }
    List<KeySeen> keys = new ArrayList<>();
    for (List<String> key : matcher.followers(e.range())) {
      keys.add(new KeySeen(key, Kind.EXTRA, true));
    }
    @Nullable List<String> hi = e.range().hi();
    if (hi != null) {
      keys.add(new KeySeen(hi, Kind.NOT_COMPARABLE, false));
    }
    notes.advance(left, unseen(e.range(), keys), hi == null ? 1 : 0, SqlStates.describe(e.error()));
  }

  // Whatever ends a compare each time it is tried is said of the range, and is no match. Where it
  // is the whole database that does not answer, noting it fails, too, and all of it is done again.
  private void refused(Left left, SQLException e) throws SQLException {
    if (SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION) {
      throw e;
    }
    giveUp(left, SqlStates.describe(e));
  }

  private void giveUp(Left left, String reason) throws SQLException {
    LOG.warn("range {} cannot be compared: {}", left.range(), reason);
    notes.advance(left, unseen(left.rest(), List.of()), 1, reason);
  }

  private static Seen unseen(KeyRange range, List<KeySeen> keys) {
    return new Seen(Moment.NONE, range, 0, 0, 0, keys);
  }
}
