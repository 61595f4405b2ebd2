package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.Plan;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One migration from expand to contract. Every signal takes one optional JSON argument that is
 * checked inside: what cannot be read is answered in {@code status}, never dropped. A signal with a
 * {@code requestId} that was seen before does nothing.
 */
@WorkflowInterface
public interface MigrationWorkflow {
  /** The id of the workflow of a migration. */
  static String idOf(String migration) {
    return "migration." + migration;
  }

  @WorkflowMethod
  MigrationStatus migrate(MigrationInput input);

  @SignalMethod(
      description =
          "Approve a gate: {\"gate\":\"reads|writes|contract|expand\",\"by\":\"you@example.com\","
              + "\"evidence\":\"sha256:… (optional)\",\"planHash\":\"sha256:… (optional)\","
              + "\"comment\":\"optional\",\"requestId\":\"optional\"}")
  void approve(@Nullable JsonNode message);

  @SignalMethod(
      description =
          "Reject a gate; it stays shut until somebody retries: {\"gate\":\"reads\",\"by\":\"you@"
              + "example.com\",\"comment\":\"why\"}")
  void reject(@Nullable JsonNode message);

  @SignalMethod(
      description = "Stop all writes of Kedge: {\"by\":\"you\",\"reason\":\"why\"}, or nothing")
  void pause(@Nullable JsonNode message);

  @SignalMethod(description = "Go on after a pause: {\"by\":\"you\"}, or nothing")
  void resume(@Nullable JsonNode message);

  @SignalMethod(
      description = "Try again what is parked, repairing differences: {\"by\":\"you\"}, or nothing")
  void retry(@Nullable JsonNode message);

  @SignalMethod(
      description =
          "Traffic back to the old side, then undo expand: {\"by\":\"you\",\"reason\":\"why\"}")
  void rollback(@Nullable JsonNode message);

  @SignalMethod(
      description =
          "Stop for good; triggers, logs and ledger go, the target stays: {\"by\":\"you\","
              + "\"reason\":\"why\"}")
  void abort(@Nullable JsonNode message);

  @SignalMethod(
      description =
          "Change the pace: {\"lanes\":4,\"chunk\":\"50ms\",\"maxRate\":5000,\"by\":\"you\"};"
              + " maxRate in rows a second, 0 or \"none\" for no bound")
  void tune(@Nullable JsonNode message);

  /** What is going on, form {@code kedge.status/1}. */
  @QueryMethod(description = "What is going on (kedge.status/1)")
  MigrationStatus status();

  @QueryMethod(description = "The plan that runs (kedge.plan/1)")
  Plan plan();

  /** Every approval and rejection with its verdict, oldest first. */
  @QueryMethod(description = "Who decided what, and what became of it")
  List<Decision> approvals();

  /** Pauses and returns when no transaction of Kedge can commit any more. */
  @UpdateMethod(description = "Pause, and return when nothing of Kedge can commit any more")
  MigrationStatus pauseAndWait(@Nullable JsonNode message);

  /** Waits until the signal of that request id was handled; returns the verdict. */
  @UpdateMethod(description = "The verdict on the signal with this request id")
  Verdict verdictOf(String requestId);
}
