package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.reconcile.CapturedKeys.Outcome;
import dev.kedge.reconcile.Settlement.Settled;
import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One compare of one move, from where an earlier attempt left it. */
final class Reconciler {
  // A table that is emptied again and again is never compared.
  private static final int ROUNDS = 3;

  private final Subject subject;
  private final Notes notes;
  private final Matcher matcher;
  private final Patience patience;
  private final Walk walk;
  private final KeyCheck check;
  private final @Nullable CapturedKeys captured;

  Reconciler(Database database, Subject subject, Bounds bounds, Pulse pulse, Throttle throttle) {
    this.subject = subject;
    notes = new Notes(database, subject, bounds.findings());
    Runnable beat = () -> pulse.beat(() -> Summary.of(subject, notes));
    patience = new Patience(notes, beat, bounds.patience());
    if (subject.inPlace()) {
      matcher = new InPlaceMatcher(database, subject, bounds.longest());
      check = new KeyCheck(matcher, notes, new Attempts(patience), false);
      captured = null;
    } else {
      CopyMatcher copy = new CopyMatcher(database, subject, bounds.longest());
      matcher = copy;
      check = new KeyCheck(matcher, notes, new Attempts(patience), false);
      captured = new CapturedKeys(copy.snapshots(), subject, notes, check, beat);
    }
    walk = new Walk(matcher, notes, patience, new Pace(bounds.rows(), throttle));
  }

  /** The compare of a move as it stands now; FENCED when its migration has ended. */
  static Reconciler of(Database database, MoveScope scope, Bounds bounds, Pulse pulse)
      throws SQLException {
    return new Reconciler(database, Notes.subject(database, scope), bounds, pulse, Throttle.none());
  }

  /** Compares everything, unless {@code run} has begun: then what is left of it. */
  Comparison compareAll(String run) throws SQLException {
    if (subject.followed()) {
      notes.begin(run);
      return prove();
    }
    return Summary.nothing(subject);
  }

  /** Compares what changed since the last whole compare; everything when there is none. */
  Comparison compareCaptured(String run) throws SQLException {
    return notes.isFinished() && subject.followed() ? prove() : compareAll(run);
  }

  private Comparison prove() throws SQLException {
    Settled settled = new Settled(0, false);
    try {
      settled = settle(walkUntilDone());
    } catch (SQLException e) {
      switch (SqlStates.kindOf(e)) {
        // Somebody is in the way, or nobody is there: the same again, for as long as it takes.
        case CONTENTION, UNAVAILABLE -> throw e;
        case STATEMENT, TOO_LARGE, BAD_DATA, NO_SPACE -> notes.giveUp(SqlStates.describe(e));
      }
    }
    return Summary.of(subject, notes, settled, Instant.now());
  }

  private Settled settle(Outcome outcome) throws SQLException {
    return outcome == Outcome.NOT_FILLED
        ? new Settled(notes.countSuspects(), true)
        : new Settlement(notes, check, patience).run();
  }

  private Outcome walkUntilDone() throws SQLException {
    Outcome outcome = walk();
    for (int round = 1; outcome == Outcome.AGAIN && round < ROUNDS; round++) {
      notes.again();
      outcome = walk();
    }
    if (outcome == Outcome.AGAIN) {
      notes.giveUp("the tables were emptied or replaced again and again");
    }
    return outcome;
  }

  private Outcome walk() throws SQLException {
    walk.run();
    return captured == null ? Outcome.DONE : captured.run();
  }
}
