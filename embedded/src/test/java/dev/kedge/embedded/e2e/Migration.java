package dev.kedge.embedded.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Decision;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** A migration as people see it: its status, and the plain signals they send. */
final class Migration {
  private static final Duration PATIENCE = Duration.ofSeconds(240);

  private final MigrationWorkflow workflow;
  private final WorkflowStub stub;

  Migration(WorkflowClient client, String name) {
    String id = MigrationWorkflow.idOf(name);
    workflow = client.newWorkflowStub(MigrationWorkflow.class, id);
    stub = client.newUntypedWorkflowStub(id);
  }

  MigrationStatus status() {
    return workflow.status();
  }

  List<Decision> decisions() {
    return workflow.approvals();
  }

  /** A signal as the Temporal UI sends it. */
  void signal(String name) {
    stub.signal(name);
  }

  void signal(String name, JsonNode message) {
    stub.signal(name, message);
  }

  MigrationStatus pauseAndWait() {
    return workflow.pauseAndWait(null);
  }

  /** Waits until the gate is open with sealed evidence. */
  MigrationStatus awaitGate(Gate gate) throws Exception {
    return await(
        "gate " + gate.label(),
        status ->
            status.state() == State.WAITING
                && status.waitingFor() != null
                && status.waitingFor().gate() == gate
                && status.waitingFor().evidence() != null);
  }

  MigrationStatus awaitPhase(Phase phase) throws Exception {
    return await("phase " + phase.label(), status -> status.phase().compareTo(phase) >= 0);
  }

  MigrationStatus awaitState(State state) throws Exception {
    return await(state.label(), status -> status.state() == state);
  }

  /** Approves the open gate as {@code person}. */
  void approve(Gate gate, String person) {
    ObjectNode message = Payloads.mapper().createObjectNode();
    message.put("gate", gate.label());
    message.put("by", person);
    signal("approve", message);
  }

  /** Waits for the gate, approves it, and returns what it showed. */
  MigrationStatus pass(Gate gate, String... people) throws Exception {
    MigrationStatus shown = awaitGate(gate);
    for (String person : people) {
      approve(gate, person);
    }
    await(
        "passed gate " + gate.label(),
        status -> status.waitingFor() == null || status.waitingFor().gate() != gate);
    return shown;
  }

  private MigrationStatus await(String what, Predicate<MigrationStatus> reached) throws Exception {
    MigrationStatus[] last = new MigrationStatus[1];
    Await.until(
        PATIENCE,
        () -> what + ", but is: " + last[0],
        () -> {
          last[0] = status();
          if (reached.test(last[0])) {
            return true;
          }
          if (last[0].state() == State.PARKED || last[0].state().ended()) {
            throw new AssertionError("wanted " + what + ", but is: " + last[0]);
          }
          return false;
        });
    return last[0];
  }
}
