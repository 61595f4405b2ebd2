package dev.kedge.workflow;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.Spec;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Compares the tables of a spec that no migration runs, once, for somebody at a terminal. */
@WorkflowInterface
public interface VerifySpecWorkflow {
  /** Plans what to compare, and compares it unless that is refused. Writes nothing. */
  @WorkflowMethod
  Answer verifySpec(Question question);

  /**
   * What to compare.
   *
   * @param samplePercent how much of each source; 100 for all
   */
  record Question(Spec spec, double samplePercent) {}

  /**
   * What came of it.
   *
   * @param refusals why nothing was compared; empty when it was
   * @param moves a comparison a move, in the order of the spec
   */
  record Answer(List<Refusal> refusals, List<Comparison> moves) {
    public Answer {
      refusals = List.copyOf(refusals);
      moves = List.copyOf(moves);
    }
  }
}
