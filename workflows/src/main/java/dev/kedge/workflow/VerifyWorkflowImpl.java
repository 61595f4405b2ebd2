package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import java.util.ArrayList;
import java.util.List;

/** Compares one move after another. */
public final class VerifyWorkflowImpl implements VerifyWorkflow {
  @Override
  public List<Comparison> verify(List<MoveScope> moves) {
    List<Comparison> results = new ArrayList<>();
    for (MoveScope move : moves) {
      String summary = "compare " + move.move().source() + " with " + move.move().target();
      results.add(ActivityProfiles.verification(summary).compareMove(move));
    }
    return results;
  }
}
