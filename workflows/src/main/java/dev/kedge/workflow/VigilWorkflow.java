package dev.kedge.workflow;

import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.spec.Gate;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Proves sealed evidence again from time to time while its gate waits, for as long as people take;
 * continues as new when suggested, so that a gate may wait for months.
 */
@WorkflowInterface
public interface VigilWorkflow {
  /** The id of the vigil over a migration's open gate; opened again, a number follows. */
  static String idOf(String migration, Gate gate) {
    return MigrationWorkflow.idOf(migration) + ".vigil." + gate.label();
  }

  /** Ends when the evidence holds no more, with the round that says why; fails when none can be. */
  @WorkflowMethod
  Round watch(Input input);

  /**
   * What to watch.
   *
   * @param provenAt ISO-8601, when it was proven last
   * @param forDays whether the gate has waited for days
   */
  record Input(RoundRequest evidence, String provenAt, boolean forDays) {}
}
