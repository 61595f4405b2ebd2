package dev.kedge.workflow;

import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.Scope;
import dev.kedge.spec.Guards;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;

/** Checks a migration's invariants from time to time; continues as new when suggested. */
@WorkflowInterface
public interface InvariantWorkflow {
  /** The id of what checks a migration's; started again, a number follows. */
  static String idOf(String migration) {
    return MigrationWorkflow.idOf(migration) + ".invariants";
  }

  /**
   * Ends with the first report that the guards ask to do something about; fails with FENCED when
   * the epoch is over.
   */
  @WorkflowMethod
  InvariantReport check(Input input);

  /**
   * What to check.
   *
   * @param every the shortest interval that an invariant asks for
   */
  record Input(Scope scope, Guards guards, Duration every) {}
}
