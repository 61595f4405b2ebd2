package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.plan.MovePlan;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;

/** The backfill of one move after another: its child, its pace, and readings of its progress. */
final class Filling {
  private final Helm helm;
  private final Pace pace;
  private final Readings readings;

  /**
   * @param goesOn whether this run goes on with a backfill that an earlier one began
   */
  Filling(Helm helm, StatusBoard board, Pace pace, boolean goesOn) {
    this.helm = helm;
    this.pace = pace;
    this.readings = new Readings(helm::scope, board, goesOn);
  }

  /**
   * Fills a move; with a new number of lanes they are begun again. Throws {@link Renewal} when it
   * is time to go on with a new history.
   */
  void fill(MovePlan move) {
    boolean renews = Changes.renewsWithinBackfill();
    // Heard from before the pace is told, so that none that comes meanwhile is lost.
    Promise<Void> change = pace.change();
    if (pace.tuned()) {
      notePace();
    }
    readings.start();
    try {
      while (!fillAtPace(move, change, renews)) {
        change = pace.change();
        notePace();
      }
    } finally {
      readings.stop();
    }
    readings.readOnce();
  }

  /** Reads progress once, for whoever looks at a gate. */
  void readOnce() {
    readings.readOnce();
  }

  /** Tells the database the pace as tuned; lanes look it up there. */
  private void notePace() {
    ActivityProfiles.registry("tune")
        .tune(
            new TuneRequest(
                helm.scope(), pace.tunedLanes(), pace.tunedChunkMillis(), pace.tunedMaxRate()));
  }

  /** Whether the move is full; false when the lanes are to be begun again, as many as asked for. */
  private boolean fillAtPace(MovePlan move, Promise<Void> sinceTold, boolean renews) {
    int lanes = pace.lanes(move);
    Promise<Void> change = sinceTold;
    if (change.isCompleted() && !Changes.paceWithoutRestart()) {
      change = pace.change();
    }
    Promise<Void> overlong = renews ? readings.overlong() : Workflow.newPromise();
    if (overlong.isCompleted()) {
      throw new Renewal();
    }
    Strand backfill = Strand.start(() -> backfill(move, lanes));
    boolean endedByItself = false;
    try {
      Promise.anyOf(backfill.end(), change, overlong).get();
      while (!backfill.ended() && !overlong.isCompleted() && keepsUp(move, lanes)) {
        change = pace.change();
        notePace();
        Promise.anyOf(backfill.end(), change, overlong).get();
      }
      endedByItself = backfill.ended();
    } finally {
      backfill.callOff();
    }
    if (endedByItself) {
      backfill.end().get();
    } else if (!backfill.succeeded() && !change.isCompleted()) {
      throw new Renewal();
    }
    return backfill.succeeded();
  }

  /** Whether lanes that run can go on at the pace that was tuned. */
  private boolean keepsUp(MovePlan move, int lanes) {
    return pace.lanes(move) == lanes && Changes.paceWithoutRestart();
  }

  private void backfill(MovePlan move, int lanes) {
    MoveScope scope = new MoveScope(helm.scope(), move);
    helm.children()
        .run(
            BackfillWorkflow.class,
            BackfillWorkflow.idOf(helm.scope().migration(), move.number()),
            "backfill " + move.target() + ", " + lanes + (lanes == 1 ? " lane" : " lanes"),
            child -> child.backfill(new BackfillWorkflow.Input(scope, lanes)));
  }
}
