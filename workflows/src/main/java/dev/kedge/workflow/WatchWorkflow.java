package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Looks after the guards of a migration whose moves are all in place: nothing follows there, so at
 * its gates and in its stability window nobody else works.
 */
@WorkflowInterface
public interface WatchWorkflow {
  /** The id of the watch of a migration; started again, a number follows. */
  static String idOf(String migration) {
    return MigrationWorkflow.idOf(migration) + ".watch";
  }

  /** Goes on until it is called off; fails as a guard says, with FENCED when the epoch is over. */
  @WorkflowMethod
  void watch(MoveScope move);
}
