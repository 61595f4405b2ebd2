package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.reconcile.CapturedKeys.Outcome;
import dev.kedge.reconcile.Settlement.Settled;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One compare of one move, from where an earlier attempt left it. */
final class Reconciler {
  // A table that is emptied again and again is never compared.
  private static final int ROUNDS = 3;
  // Each takes a connection of the worker's pool, which the tail and the lanes of others need, too.
  private static final int MOST_LANES = 4;

  private final Subject subject;
  private final Notes notes;
  private final Matcher matcher;
  private final Patience patience;
  private final Bounds bounds;
  private final LaneThrottles throttles;
  private final Pace pace;
  private final Crew crew;
  private final DeepRows deep;
  private final Trend trend;
  private final KeyCheck check;
  private final @Nullable CapturedKeys captured;

  Reconciler(
      Database database, Subject subject, Bounds bounds, Pulse pulse, LaneThrottles throttles)
      throws SQLException {
    this.subject = subject;
    this.bounds = bounds;
    this.throttles = throttles;
    notes = new Notes(database, subject, bounds.findings());
    Runnable beat = () -> pulse.beat(() -> Summary.of(subject, notes));
    patience = new Patience(notes, beat, bounds.patience());
    pace = new Pace(bounds.rows(), throttles.of(1));
    if (subject.inPlace()) {
      matcher = new InPlaceMatcher(database, subject, bounds.longest());
      check = new KeyCheck(matcher, notes, new Attempts(patience), false);
      captured = null;
    } else {
      CopyMatcher copy =
          new CopyMatcher(database, subject, bounds.longest(), notes.scrutiny().groupBy());
      matcher = copy;
      check = new KeyCheck(matcher, notes, new Attempts(patience), false);
      captured = new CapturedKeys(copy.snapshots(), subject, notes, check, pace, beat);
    }
    trend = new Trend(subject, notes);
    deep = new DeepRows(matcher, notes, check, new Attempts(patience), pace, beat);
    crew = new Crew(Math.min(subject.lanes(), MOST_LANES), beat);
  }

  /** The compare of a move as it stands now, by one lane; FENCED when its migration has ended. */
  static Reconciler of(Database database, MoveScope scope, Bounds bounds, Pulse pulse)
      throws SQLException {
    return new Reconciler(
        database, Notes.subject(database, scope).alone(), bounds, pulse, LaneThrottles.NONE);
  }

  /** Compares everything, unless {@code run} has begun: then what is left of it. */
  Comparison compareAll(String run) throws SQLException {
    if (subject.followed()) {
      notes.begin(run);
      // What is looked at whole need not be looked at more closely.
      return prove(Scrutiny.NONE);
    }
    return Summary.nothing(subject);
  }

  /**
   * Compares what changed since the last whole compare, and the ranges whose evidence is void or
   * too old; everything when there is none.
   */
  Comparison compareCaptured(String run) throws SQLException {
    if (!subject.followed() || !notes.isBegun()) {
      return compareAll(run);
    }
    notes.againStale();
    return prove(notes.scrutiny());
  }

  private Comparison prove(Scrutiny scrutiny) throws SQLException {
    Settled settled = new Settled(0, false);
    String begun = trend.begin();
    try {
      Outcome outcome = walkUntilDone();
      if (outcome == Outcome.DONE) {
        deep.run(scrutiny);
      }
      settled = settle(outcome);
    } catch (SQLException e) {
      switch (SqlStates.kindOf(e)) {
        // Somebody is in the way, or nobody is there: the same again, for as long as it takes.
        case CONTENTION, UNAVAILABLE -> throw e;
        case STATEMENT, TOO_LARGE, BAD_DATA, NO_SPACE -> notes.giveUp(SqlStates.describe(e));
      }
    }
    trend.end(begun);
    return Summary.of(subject, notes, settled, Instant.now());
  }

  private Settled settle(Outcome outcome) throws SQLException {
    return outcome == Outcome.NOT_FILLED
        ? new Settled(notes.countSuspects(), true)
        : new Settlement(notes, check, patience, pace).run();
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

  private Crew.Hand lane(int number, Runnable pulse) throws SQLException {
    Patience own = new Patience(notes, pulse, bounds.patience());
    Pace pacing = number == 1 ? pace : new Pace(bounds.rows(), throttles.of(number));
    return new Walk(matcher, notes, own, pacing)::run;
  }

  private Outcome walk() throws SQLException {
    crew.run(notes.unfinished(), this::lane);
    return captured == null ? Outcome.DONE : captured.run();
  }
}
