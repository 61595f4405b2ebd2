package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.TailActivities;
import dev.kedge.activity.TailActivities.TailRequest;
import io.temporal.workflow.Workflow;

/** One turn of the tail after another, until the move is over. */
public final class TailWorkflowImpl implements TailWorkflow {
  @Override
  public void follow(MoveScope move) {
    TailActivities turns = ActivityProfiles.tail("follow " + move.move().source());
    TailRequest request = new TailRequest(move, ActivityProfiles.TURN_BUDGET);
    while (!Workflow.getInfo().isContinueAsNewSuggested()) {
      Outcome outcome = turns.followTail(request).outcome();
      switch (outcome) {
        case BUDGET, NOTHING_TO_CLAIM -> {
          // More to follow, now or later: the next turn.
        }
        case DONE -> {
          return;
        }
        case FENCED -> throw Failures.fenced("the tail was told to write no more");
      }
    }
    Workflow.newContinueAsNewStub(TailWorkflow.class).follow(move);
  }
}
