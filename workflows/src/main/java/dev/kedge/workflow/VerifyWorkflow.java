package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Compares the moves of a running migration now, whatever its phase. */
@WorkflowInterface
public interface VerifyWorkflow {
  @WorkflowMethod
  List<Comparison> verify(List<MoveScope> moves);
}
