package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Spec;

/** Makes a plan and forgets it. */
public final class PlanWorkflowImpl implements PlanWorkflow {
  @Override
  public Plan makePlan(Spec spec) {
    return ActivityProfiles.planning("plan " + spec.migration()).makePlan(spec);
  }
}
