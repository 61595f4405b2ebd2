package dev.kedge.workflow;

import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Asks a worker whether a saved plan can still run. */
@WorkflowInterface
public interface CheckPlanWorkflow {
  @WorkflowMethod
  List<Refusal> checkPlan(Plan plan);
}
