package dev.kedge.starter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Decision;
import dev.kedge.workflow.MigrationInput;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import dev.kedge.workflow.Verdict;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A migration that does nothing but answer: waits at {@code reads}, says who may approve, and keeps
 * what it was sent for the test to look at.
 */
public final class ScriptedMigration implements MigrationWorkflow {
  private final MigrationInput input;
  private final Map<String, Verdict> verdicts = new LinkedHashMap<>();
  private final List<Decision> received = new ArrayList<>();
  private Phase phase = Phase.READS;
  private State state = State.WAITING;

  @WorkflowInit
  public ScriptedMigration(MigrationInput input) {
    this.input = input;
  }

  @Override
  public MigrationStatus migrate(MigrationInput again) {
    Workflow.await(() -> state.ended());
    Workflow.await(Workflow::isEveryHandlerFinished);
    return status();
  }

  @Override
  public void approve(@Nullable JsonNode message) {
    received.add(decision(message));
    if (text(message, "by").equals(input.startedBy())) {
      answer(
          message, "approve", "you started it; somebody else must approve", Verdict.NOT_AUTHORISED);
    } else if (!text(message, "gate").equals("reads")) {
      answer(message, "approve", "gate " + text(message, "gate") + " is not open", null);
    } else {
      accept(message, "approve", "gate reads opens");
      phase = Phase.DONE;
      state = State.COMPLETED;
    }
  }

  @Override
  public void reject(@Nullable JsonNode message) {
    accept(message, "reject", "gate reads rejected");
    state = State.PARKED;
  }

  @Override
  public void pause(@Nullable JsonNode message) {
    state = State.PAUSED;
  }

  @Override
  public void resume(@Nullable JsonNode message) {
    accept(message, "resume", "goes on");
    state = State.WAITING;
  }

  @Override
  public void retry(@Nullable JsonNode message) {
    answer(message, "retry", "nothing is parked", null);
  }

  @Override
  public void rollback(@Nullable JsonNode message) {
    accept(message, "rollback", "goes back");
    state = State.ROLLED_BACK;
  }

  @Override
  public void abort(@Nullable JsonNode message) {
    accept(message, "abort", "stops");
    state = State.ABORTED;
  }

  @Override
  public void tune(@Nullable JsonNode message) {
    accept(
        message,
        "tune",
        "lanes "
            + text(message, "lanes")
            + " chunk "
            + text(message, "chunk")
            + " rate "
            + text(message, "maxRate"));
  }

  @Override
  public MigrationStatus status() {
    return Samples.status(
        phase, state, state == State.WAITING ? Gate.READS : null, List.copyOf(verdicts.values()));
  }

  @Override
  public Plan plan() {
    return input.plan();
  }

  @Override
  public List<Decision> approvals() {
    return received;
  }

  @Override
  public MigrationStatus pauseAndWait(@Nullable JsonNode message) {
    state = State.PAUSED;
    return status();
  }

  @Override
  public Verdict verdictOf(String requestId) {
    Workflow.await(() -> verdicts.containsKey(requestId));
    return verdicts.get(requestId);
  }

  private static Decision decision(@Nullable JsonNode message) {
    return new Decision(
        text(message, "gate"),
        text(message, "by"),
        true,
        true,
        text(message, "planHash"),
        text(message, "evidence"),
        text(message, "comment"),
        "",
        null);
  }

  private void accept(@Nullable JsonNode message, String signal, String text) {
    verdicts.put(text(message, "requestId"), new Verdict(signal, true, text, ""));
  }

  private void answer(
      @Nullable JsonNode message, String signal, String text, @Nullable String code) {
    verdicts.put(text(message, "requestId"), new Verdict(signal, false, text, "", code));
  }

  private static String text(@Nullable JsonNode message, String field) {
    return message == null ? "" : message.path(field).asText();
  }
}
