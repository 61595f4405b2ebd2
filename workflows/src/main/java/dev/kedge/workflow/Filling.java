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

  Filling(Helm helm, StatusBoard board, Pace pace) {
    this.helm = helm;
    this.pace = pace;
    this.readings = new Readings(helm::scope, board);
  }

  /**
   * Fills a move; with a new pace the lanes are begun again. Throws {@link Renewal} when it is time
   * to go on with a new history.
   */
  void fill(MovePlan move) {
    boolean renews = Changes.renewsWithinBackfill();
    if (pace.tuned()) {
      notePace();
    }
    readings.start();
    try {
      while (!fillAtPace(move, renews)) {
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

  /** Tells the database the pace as tuned; lanes take it up with their next claim. */
  private void notePace() {
    ActivityProfiles.registry("tune")
        .tune(new TuneRequest(helm.scope(), pace.tunedLanes(), pace.tunedChunkMillis()));
  }

  /** Whether the move is full; false when the pace changed first. */
  private boolean fillAtPace(MovePlan move, boolean renews) {
    int lanes = pace.lanes(move);
    Promise<Void> change = pace.change();
    Promise<Void> overlong = renews ? readings.overlong() : Workflow.newPromise();
    if (overlong.isCompleted()) {
      throw new Renewal();
    }
    Strand backfill = Strand.start(() -> backfill(move, lanes));
    Promise.anyOf(backfill.end(), change, overlong).get();
    if (!backfill.ended()) {
      backfill.callOff();
      if (!backfill.succeeded() && !change.isCompleted()) {
        throw new Renewal();
      }
      return backfill.succeeded();
    }
    backfill.end().get();
    return true;
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
