package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Keeps the tail of one move running, turn after turn; continues as new when suggested. */
@WorkflowInterface
public interface TailWorkflow {
  /** The id of the tail of a migration's move; started again, a number follows. */
  static String idOf(String migration, int move) {
    return MigrationWorkflow.idOf(migration) + ".tail." + move;
  }

  /**
   * Ends when the move is over; fails with FENCED when its epoch is, else with the tail's failure.
   */
  @WorkflowMethod
  void follow(MoveScope move);
}
