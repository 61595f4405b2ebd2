package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.plan.MovePlan;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/** The backfill of one move after another: its child, its pace, and readings of its progress. */
final class Filling {
  /** Short at first, since a small table is done in seconds. */
  private static final Duration FIRST_READING = Duration.ofSeconds(1);

  /** A reading costs about eleven events; at this interval a week of them is one history. */
  private static final Duration LAST_READING = Duration.ofMinutes(5);

  private final Helm helm;
  private final StatusBoard board;
  private final Pace pace;

  Filling(Helm helm, StatusBoard board, Pace pace) {
    this.helm = helm;
    this.board = board;
    this.pace = pace;
  }

  /** Fills a move; with a new pace the lanes are begun again. */
  void fill(MovePlan move) {
    if (pace.tuned()) {
      notePace();
    }
    Strand readings = Strand.start(this::read);
    try {
      while (!fillAtPace(move)) {
        notePace();
      }
    } finally {
      readings.callOff();
    }
    readOnce();
  }

  /** Reads progress once; the status keeps the old one when that fails. */
  void readOnce() {
    try {
      board.progress(ActivityProfiles.progress("read progress").readProgress(helm.scope()));
    } catch (ActivityFailure failure) {
      if (failure.getCause() instanceof CanceledFailure) {
        throw failure;
      }
      Workflow.getLogger(Filling.class).warn("progress could not be read", failure);
    }
  }

  /** Tells the database the pace as tuned; lanes take it up with their next claim. */
  private void notePace() {
    ActivityProfiles.registry("tune")
        .tune(new TuneRequest(helm.scope(), pace.tunedLanes(), pace.tunedChunkMillis()));
  }

  /** Whether the move is full; false when the pace changed first. */
  private boolean fillAtPace(MovePlan move) {
    int lanes = pace.lanes(move);
    Promise<Void> change = pace.change();
    Strand backfill = Strand.start(() -> backfill(move, lanes));
    Promise.anyOf(backfill.end(), change).get();
    if (!backfill.ended()) {
      backfill.callOff();
      return backfill.succeeded();
    }
    backfill.end().get();
    return true;
  }

  private void backfill(MovePlan move, int lanes) {
    MoveScope scope = new MoveScope(helm.scope(), move);
    Children.run(
        BackfillWorkflow.class,
        BackfillWorkflow.idOf(helm.scope().migration(), move.number()),
        "backfill " + move.target() + ", " + lanes + (lanes == 1 ? " lane" : " lanes"),
        child -> child.backfill(new BackfillWorkflow.Input(scope, lanes)));
  }

  private void read() {
    Duration wait = FIRST_READING;
    try {
      while (true) {
        TimerOptions options = TimerOptions.newBuilder().setSummary("next reading").build();
        Workflow.newTimer(wait, options).get();
        readOnce();
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LAST_READING) > 0 ? LAST_READING : doubled;
      }
    } catch (CanceledFailure | ActivityFailure calledOff) {
      Workflow.getLogger(Filling.class).debug("no more readings", calledOff);
    }
  }
}
