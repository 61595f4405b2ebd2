package dev.kedge.activity;

import dev.kedge.plan.Step;
import dev.kedge.spec.TableName;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;

/**
 * Runs the statements of expand and contract, and their undo: one lock-taking statement a
 * transaction, {@code lock_timeout}, jittered retries, blockers named in the heartbeat. Each is
 * fenced and marked in {@code kedge.step} in its own transaction, so done twice it is done once.
 */
@ActivityInterface
public interface DdlActivities {
  /** Applies one statement; before a destroying one, archives what it destroys. */
  @ActivityMethod
  void applyDdl(DdlRequest request);

  /**
   * Takes one statement back if the ledger says it was applied. Data that only the new side has is
   * archived first when {@code request.archive} says so.
   */
  @ActivityMethod
  UndoResult undoDdl(UndoRequest request);

  /** One statement to apply. */
  record DdlRequest(Scope scope, Step.ApplyDdl step) {}

  /**
   * One statement to take back.
   *
   * @param archive the tables whose rows are archived before they or their columns go; empty when
   *     the new side never was the writing side
   */
  record UndoRequest(Scope scope, Step.ApplyDdl step, List<TableName> archive) {
    public UndoRequest {
      archive = List.copyOf(archive);
    }
  }

  /**
   * What an undo came to.
   *
   * @param undone whether there was something to undo
   * @param archivedRows rows kept in {@code archives}
   * @param archives tables in schema kedge that hold them
   */
  record UndoResult(boolean undone, long archivedRows, List<String> archives) {
    public UndoResult {
      archives = List.copyOf(archives);
    }
  }
}
