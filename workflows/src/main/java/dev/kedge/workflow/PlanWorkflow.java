package dev.kedge.workflow;

import dev.kedge.plan.Plan;
import dev.kedge.spec.Spec;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Asks a worker for the plan of a spec. */
@WorkflowInterface
public interface PlanWorkflow {
  @WorkflowMethod
  Plan makePlan(Spec spec);
}
