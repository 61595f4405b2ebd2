package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.TailActivities;
import dev.kedge.activity.TailActivities.TailRequest;
import io.temporal.workflow.Workflow;

/** Turn after turn, each within its budget; continues as new when the server suggests it. */
public final class WatchWorkflowImpl implements WatchWorkflow {
  @Override
  public void watch(MoveScope move) {
    TailActivities turns = ActivityProfiles.watch("watch " + move.move().source());
    TailRequest request = new TailRequest(move, ActivityProfiles.WATCH_BUDGET);
    while (!Workflow.getInfo().isContinueAsNewSuggested()) {
      if (turns.watchGuards(request).outcome() == Outcome.FENCED) {
        throw Failures.fenced("the watch over " + move.move().source() + " is not wanted any more");
      }
    }
    Workflow.newContinueAsNewStub(WatchWorkflow.class).watch(move);
  }
}
