package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.TailActivities.TailRequest;
import io.temporal.workflow.Workflow;

/**
 * A tail that takes one turn and then stands still until it is called off, so that the test server
 * can skip days: it does not while an activity runs.
 */
public final class StandingTail implements TailWorkflow {
  @Override
  public void follow(MoveScope move) {
    ActivityProfiles.tail("follow").followTail(new TailRequest(move, ActivityProfiles.TURN_BUDGET));
    Workflow.await(() -> false);
  }
}
