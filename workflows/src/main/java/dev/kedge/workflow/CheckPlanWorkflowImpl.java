package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import java.util.List;

/** Checks a saved plan against the database as it is now. */
public final class CheckPlanWorkflowImpl implements CheckPlanWorkflow {
  @Override
  public List<Refusal> checkPlan(Plan plan) {
    return ActivityProfiles.planning("check the plan of " + plan.spec().migration())
        .checkPlan(plan);
  }
}
