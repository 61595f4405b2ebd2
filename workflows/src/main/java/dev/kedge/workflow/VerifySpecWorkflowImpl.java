package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.VerifyActivities.TablesRequest;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Spec;
import java.util.ArrayList;
import java.util.List;

/** Plans, then compares, one move after the other. */
public final class VerifySpecWorkflowImpl implements VerifySpecWorkflow {
  @Override
  public Answer verifySpec(Question question) {
    Spec spec = question.spec();
    Plan plan =
        ActivityProfiles.planning("plan the comparison of " + spec.migration())
            .planComparison(spec);
    List<Comparison> results = new ArrayList<>();
    for (MovePlan move : plan.moves()) {
      results.add(
          ActivityProfiles.tables("compare " + move.source() + " with " + move.target())
              .compareTables(
                  new TablesRequest(
                      spec.migration(), spec.database(), move, question.samplePercent())));
    }
    return new Answer(plan.refusals(), results);
  }
}
