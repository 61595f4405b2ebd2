package dev.kedge.workflow;

import dev.kedge.activity.MoveScope;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** The lanes of one move, until every range is done; continues as new when suggested. */
@WorkflowInterface
public interface BackfillWorkflow {
  /** The id of the backfill of a migration's move; started again, a number follows. */
  static String idOf(String migration, int move) {
    return MigrationWorkflow.idOf(migration) + ".backfill." + move;
  }

  /** Ends when all ranges are done; fails with the lane's failure, or with FENCED. */
  @WorkflowMethod
  void backfill(Input input);

  /**
   * What it runs.
   *
   * @param move the move, at the epoch it may write under
   * @param lanes how many lanes
   */
  record Input(MoveScope move, int lanes) {}
}
