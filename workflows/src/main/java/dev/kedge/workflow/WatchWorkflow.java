package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Looks after the table of a move in place, the triggers of Kedge on it, and the guards of its
 * migration: nothing follows there, so at gates and in the stability window nobody else works.
 */
@WorkflowInterface
public interface WatchWorkflow {
  /**
   * The id of a move's watch, the first one's without its number. Started again, a number follows
   * behind a dot, so the move's must not.
   */
  static String idOf(String migration, int move) {
    return MigrationWorkflow.idOf(migration) + ".watch" + (move == 1 ? "" : "-" + move);
  }

  /**
   * Goes on until it is called off; fails when somebody changed what it looks after, or as a guard
   * says, with FENCED when the epoch is over.
   */
  @WorkflowMethod
  void watch(MoveScope move);
}
