package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.ByteString;
import dev.kedge.activity.TaskQueues;
import dev.kedge.spec.Gate;
import io.temporal.api.common.v1.Payload;
import io.temporal.api.common.v1.Payloads;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.workflowservice.v1.SignalWorkflowExecutionRequest;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever people send is answered, and counts once. */
final class SignalTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void anEmptyApprovalIsAnswered() {
    MigrationWorkflow migration = atReads();
    WorkflowStub.fromTyped(migration).signal("approve");
    Verdict verdict = refusal(migration, "approve");
    assertTrue(verdict.message().startsWith("approve does not say which gate; send {"));
  }

  @Test
  void anArgumentThatIsNoObjectIsAnswered() {
    MigrationWorkflow migration = atReads();
    migration.pause(TextNode.valueOf("now"));
    assertEquals(
        "the argument must be a JSON object, got a text; nothing was changed",
        refusal(migration, "pause").message());
    migration.approve(IntNode.valueOf(1));
    assertTrue(refusal(migration, "approve").message().contains("got a number"));
    assertEquals(State.WAITING, migration.status().state());
  }

  @Test
  void aFieldOfTheWrongTypeIsNamed() {
    MigrationWorkflow migration = atReads();
    migration.approve(Harbor.json("gate", "reads").put("by", 7));
    assertTrue(
        refusal(migration, "approve").message().startsWith("by must be a text, got a number"));
  }

  @Test
  void aMisspeltFieldIsNamedWithAGuess() {
    MigrationWorkflow migration = atReads();
    migration.approve(Harbor.json("gaet", "reads", "by", "bob"));
    assertTrue(
        refusal(migration, "approve").message().contains("\"gaet\", did you mean \"gate\"?"));
  }

  @Test
  void aFieldOfALaterReleaseDoesNoHarm() {
    MigrationWorkflow migration = atReads();
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "ticket", "OPS-1"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void aMisspeltGateIsAnsweredWithAGuess() {
    MigrationWorkflow migration = atReads();
    migration.approve(Harbor.json("gate", "reds", "by", "bob"));
    assertTrue(
        refusal(migration, "approve")
            .message()
            .contains("there is no gate \"reds\", did you mean \"reads\"?"));
  }

  @Test
  void aMisspeltSignalIsAnsweredWithAGuess() {
    MigrationWorkflow migration = atReads();
    WorkflowStub.fromTyped(migration).signal("aprove", Harbor.approval(Gate.READS, "bob"));
    Verdict verdict = refusal(migration, "aprove");
    assertTrue(verdict.message().contains("did you mean \"approve\"?"), verdict.message());
    assertTrue(verdict.message().contains("nothing was changed"), verdict.message());
  }

  @Test
  void whatIsNoJsonAtAllIsAnswered() {
    MigrationWorkflow migration = atReads();
    raw("approve", "json/plain", "{\"gate\":");
    assertTrue(refusal(migration, "approve").message().contains("could not be read"));
    raw("pause", "binary/plain", "now");
    assertTrue(refusal(migration, "pause").message().contains("could not be read"));
  }

  @Test
  void aRepeatedRequestCountsOnce() {
    MigrationWorkflow migration = atReads();
    migration.pause(Harbor.json("requestId", "r1"));
    assertNull(harbor.awaitState(migration, State.PAUSED).waitingFor());
    migration.resume(Harbor.json("requestId", "r2"));
    harbor.awaitGate(migration, Gate.READS);
    migration.pause(Harbor.json("requestId", "r1"));
    assertEquals(
        "pausing; what is under way ends or is rolled back first", verdict(migration, "r1"));
    assertEquals(2, migration.status().verdicts().size());
    assertEquals(State.WAITING, migration.status().state());
    assertEquals(1, harbor.db().times("fence shut"));
  }

  @Test
  void theVerdictOnARequestCanBeWaitedFor() {
    MigrationWorkflow migration = atReads();
    migration.approve(Harbor.approval(Gate.WRITES, "bob").deepCopy());
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "requestId", "r9"));
    Verdict verdict = migration.verdictOf("r9");
    assertTrue(verdict.accepted());
    assertEquals(
        "gate reads opens after a last look at its evidence, approved by bob", verdict.message());
  }

  @Test
  void aSignalThatArrivesBeforeTheWalkBeginsIsAnswered() {
    MigrationInput input = new MigrationInput(Plans.inPlace().build(), "ann");
    WorkflowStub stub =
        harbor
            .env()
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                "MigrationWorkflow",
                WorkflowOptions.newBuilder()
                    .setWorkflowId("migration.orders-split")
                    .setTaskQueue(TaskQueues.WORKFLOW)
                    .build());
    stub.signalWithStart("pause", new Object[] {Harbor.json("by", "bob")}, new Object[] {input});
    MigrationWorkflow migration =
        harbor
            .env()
            .getWorkflowClient()
            .newWorkflowStub(MigrationWorkflow.class, "migration.orders-split");
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals("paused by bob", paused.reason());
    assertFalse(harbor.db().open);
  }

  @Test
  void verdictsAreCappedButNoneIsForgottenByItsRequest() {
    MigrationWorkflow migration = atReads();
    for (int i = 0; i < 14; i++) {
      migration.resume(Harbor.json("requestId", "q" + i));
    }
    assertEquals(10, migration.status().verdicts().size());
    assertFalse(migration.verdictOf("q0").accepted());
  }

  @Test
  void resumeRetryAndTuneSayWhyNot() {
    MigrationWorkflow migration = atReads();
    migration.resume(null);
    assertTrue(refusal(migration, "resume").message().contains("is not paused but waiting"));
    migration.retry(null);
    assertTrue(refusal(migration, "retry").message().contains("is not parked but waiting"));
    migration.tune(null);
    assertTrue(refusal(migration, "tune").message().startsWith("tune needs lanes, chunk, maxRate"));
    migration.tune(Harbor.json("lanes", "many"));
    assertTrue(refusal(migration, "tune").message().contains("whole number from 1 to 64"));
    migration.tune(Harbor.json().put("lanes", 65));
    assertTrue(refusal(migration, "tune").message().contains("got 65"));
    migration.tune(Harbor.json("chunk", "11s"));
    assertTrue(refusal(migration, "tune").message().contains("from 1ms to 10s"));
    for (JsonNode rate :
        List.of(
            IntNode.valueOf(-1),
            IntNode.valueOf(1_000_000_001),
            DoubleNode.valueOf(1.5),
            TextNode.valueOf("lots"),
            BooleanNode.TRUE)) {
      migration.tune(Harbor.json("chunk", "50ms").set("maxRate", rate));
      assertTrue(refusal(migration, "tune").message().startsWith("maxRate must be rows a second"));
    }
    migration.tune(Harbor.json("chunk", "soon"));
    assertTrue(refusal(migration, "tune").message().contains("a duration like 50ms"));
  }

  private MigrationWorkflow atReads() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    return migration;
  }

  private static String verdict(MigrationWorkflow migration, String requestId) {
    return migration.verdictOf(requestId).message();
  }

  private static Verdict refusal(MigrationWorkflow migration, String signal) {
    List<Verdict> verdicts = migration.status().verdicts();
    assertFalse(verdicts.isEmpty());
    Verdict verdict = verdicts.get(verdicts.size() - 1);
    assertEquals(signal, verdict.signal());
    assertFalse(verdict.accepted());
    return verdict;
  }

  private void raw(String signal, String encoding, String data) {
    Payload payload =
        Payload.newBuilder()
            .putMetadata("encoding", ByteString.copyFromUtf8(encoding))
            .setData(ByteString.copyFromUtf8(data))
            .build();
    harbor
        .env()
        .getWorkflowServiceStubs()
        .blockingStub()
        .signalWorkflowExecution(
            SignalWorkflowExecutionRequest.newBuilder()
                .setNamespace(harbor.env().getNamespace())
                .setWorkflowExecution(
                    WorkflowExecution.newBuilder().setWorkflowId("migration.orders-split"))
                .setSignalName(signal)
                .setInput(Payloads.newBuilder().addPayloads(payload))
                .build());
  }
}
