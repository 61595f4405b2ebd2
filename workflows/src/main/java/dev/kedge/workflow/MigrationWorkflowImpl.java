package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.plan.Plan;
import io.temporal.common.converter.EncodedValues;
import io.temporal.workflow.DynamicSignalHandler;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Receives what people say to a migration, and leaves the walk to {@link Walk}. */
public final class MigrationWorkflowImpl implements MigrationWorkflow {
  private final Plan plan;
  private final Walk walk;
  private final Inbox inbox;
  private final Commands commands;

  /** Runs before any signal is handled, also one that arrived first. */
  @WorkflowInit
  public MigrationWorkflowImpl(MigrationInput input) {
    plan = input.plan();
    walk = new Walk(input);
    inbox = walk.inbox();
    commands = walk.commands();
    Workflow.registerListener(new Misspelt());
  }

  @Override
  public MigrationStatus migrate(MigrationInput input) {
    return walk.walk();
  }

  @Override
  public void approve(@Nullable JsonNode message) {
    inbox.receive("approve", message, commands::approve);
  }

  @Override
  public void reject(@Nullable JsonNode message) {
    inbox.receive("reject", message, commands::reject);
  }

  @Override
  public void pause(@Nullable JsonNode message) {
    inbox.receive("pause", message, commands::pause);
  }

  @Override
  public void resume(@Nullable JsonNode message) {
    inbox.receive("resume", message, commands::resume);
  }

  @Override
  public void retry(@Nullable JsonNode message) {
    inbox.receive("retry", message, commands::retry);
  }

  @Override
  public void rollback(@Nullable JsonNode message) {
    inbox.receive("rollback", message, commands::rollBack);
  }

  @Override
  public void abort(@Nullable JsonNode message) {
    inbox.receive("abort", message, commands::abort);
  }

  @Override
  public void tune(@Nullable JsonNode message) {
    inbox.receive("tune", message, commands::tune);
  }

  @Override
  public MigrationStatus status() {
    return walk.status();
  }

  @Override
  public Plan plan() {
    return plan;
  }

  @Override
  public List<Decision> approvals() {
    return walk.decisions();
  }

  @Override
  public MigrationStatus pauseAndWait(@Nullable JsonNode message) {
    inbox.receive("pauseAndWait", message, commands::pause);
    Workflow.await(commands::pauseHeeded);
    return walk.status();
  }

  @Override
  public Verdict verdictOf(String requestId) {
    return inbox.verdictOf(requestId);
  }

  /** Answers signals whose name nobody knows. */
  private final class Misspelt implements DynamicSignalHandler {
    @Override
    public void handle(String signalName, EncodedValues encodedArgs) {
      inbox.misspelt(signalName);
    }

    @Override
    public String getDescription() {
      return "Any other name is answered in the status, and changes nothing";
    }
  }
}
