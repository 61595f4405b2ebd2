package dev.kedge.workflow;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowStub;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What people see. */
final class StatusTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void theStatusHasItsFormAndUnknownIsNull() {
    harbor.db().hold("installCapture 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitAsked("installCapture 1");
    JsonNode json = Payloads.mapper().valueToTree(migration.status());
    assertEquals("kedge.status/1", json.get("form").asText());
    assertEquals("orders-split", json.get("migration").asText());
    assertEquals("migration.orders-split", json.get("workflowId").asText());
    assertEquals("capture", json.get("phase").asText());
    assertEquals("running", json.get("state").asText());
    assertEquals("shop-team", json.get("owner").asText());
    assertTrue(json.get("reason").isNull());
    assertTrue(json.get("waitingFor").isNull());
    assertTrue(json.get("lagMillis").isNull());
    assertTrue(json.get("moves").get(0).get("rowsDone").isNull());
    assertEquals(1000, json.get("moves").get(0).get("rowsTotal").asLong());
    assertTrue(json.get("reconciliation").get("comparedRows").isNull());
    harbor.db().release("installCapture 1");
  }

  @Test
  void progressIsReadWhileLanesRun() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    harbor.env().sleep(Duration.ofSeconds(2));
    await().until(() -> migration.status().moves().get(0).rowsDone() != null);
    assertEquals(50L, migration.status().moves().get(0).rowsDone());
    assertEquals(80L, migration.status().lagMillis());
    harbor.db().release("fillRanges 1 lane 1");
    harbor.awaitGate(migration, Gate.READS);
  }

  @Test
  void whatHoldsABackfillBackIsInTheStatusAndInTheDetails() {
    harbor.db().limit = "replicationLag 3.2s of 2s";
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    harbor.env().sleep(Duration.ofSeconds(2));
    await().until(() -> !migration.status().guards().isEmpty());
    JsonNode json = Payloads.mapper().valueToTree(migration.status());
    assertEquals("replicationLag 3.2s of 2s", json.at("/moves/0/throttledBy").asText());
    assertEquals("trailing", json.at("/moves/0/following").asText());
    assertEquals("throttle", json.at("/guards/0/guard").asText());
    assertEquals("replicationLag", json.at("/guards/0/signal").asText());
    assertEquals(3_200, json.at("/guards/0/value").asDouble());
    assertEquals(2_000, json.at("/guards/0/bound").asDouble());
    assertTrue(json.at("/guards/0/problem").isNull());
    assertEquals("slower: replicationLag 3.2s of 2s", json.at("/observations/0/words").asText());
    String details = details(migration);
    assertTrue(
        details.contains(
            """
            | move | rows filled | of about | rows/s | ETA | lanes | a chunk |
            |---|---|---|---|---|---|---|
            | s → t | 50 | 100 | 10 | 5 s | 2 | 7 rows |

            **Held back**: replicationLag 3.2s of 2s

            Guards, as of now: throttle replicationLag 3.2s of 2s

            - then slower: replicationLag 3.2s of 2s
            """),
        details);
    harbor.db().release("fillRanges 1 lane 1");
    harbor.awaitGate(migration, Gate.READS);
  }

  @Test
  void currentDetailsSayWhatToSendInLessThanFourKilobytes() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.twoCopies().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    harbor.awaitGate(migration, Gate.READS);
    for (int i = 0; i < 12; i++) {
      migration.approve(
          Harbor.json("gate", "reads", "by", "x".repeat(400) + "é" + i, "evidence", "old"));
    }
    String details = details(migration);
    assertTrue(details.contains("phase **reconcile**, **waiting**"), details);
    assertTrue(
        details.contains(
            """
            {"gate": "reads",
             "by": "you@example.com",
             "planHash":
              "sha256:plan",
             "evidence":
              "sha256:2"}
            """),
        details);
    assertTrue(details.contains("`approve` refused: it approves other evidence"), details);
    assertTrue(details.getBytes(StandardCharsets.UTF_8).length < 4096);
  }

  @Test
  void aGateIsATimerThatSaysWhoIsAskedForWhat() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace()
                .gate(Gate.READS, new ApprovalPolicy(2, true, List.of("dba", "lead")))
                .build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "dba"));
    await()
        .untilAsserted(
            () ->
                assertTrue(
                    summaries(migration)
                        .containsAll(
                            List.of(
                                "await gate reads: 2 approvals needed from dba, lead, not ann",
                                "await gate reads: 1 more approval needed from dba, lead, not ann",
                                "expand 1: CREATE 1",
                                "compare public.users with public.users")),
                    () -> summaries(migration).toString()));
  }

  @Test
  void searchAttributesAreWrittenWhereTheServerHasThem() {
    for (String name : List.of("KedgePhase", "KedgeState", "KedgeOwner")) {
      harbor.env().registerSearchAttribute(name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
    }
    MigrationWorkflow migration =
        harbor.start(new MigrationInput(Plans.inPlace().build(), "ann", true));
    harbor.awaitGate(migration, Gate.READS);
    var attributes = WorkflowStub.fromTyped(migration).describe().getTypedSearchAttributes();
    assertEquals("reconcile", attributes.get(StatusBoard.PHASE));
    assertEquals("waiting", attributes.get(StatusBoard.STATE));
    assertEquals("shop-team", attributes.get(StatusBoard.OWNER));
  }

  @Test
  void everyChangeOfStateIsNotedAndTheLastOneIsTheEnd() {
    harbor.end(harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build()));
    List<String> states = harbor.db().states.stream().map(note -> note.state()).toList();
    assertEquals("completed", states.get(states.size() - 1));
    assertEquals(Phase.DONE, harbor.db().states.stream().reduce((a, b) -> b).orElseThrow().phase());
  }

  @Test
  void thirtyDaysOfStabilityLeaveAShortHistory() {
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ofDays(30)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.env().sleep(Duration.ofDays(30).minusHours(1));
    assertEquals(Phase.STABILITY, migration.status().phase());
    harbor.env().sleep(Duration.ofHours(2));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    int events = harbor.history("migration.orders-split").getEvents().size();
    assertTrue(events < 400, events + " events");
  }

  @Test
  void aGateMayWaitForAYear() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().stability(Duration.ZERO).build());
    harbor.awaitGate(migration, Gate.READS);
    harbor.env().sleep(Duration.ofDays(365));
    assertEquals(State.WAITING, migration.status().state());
    int events = harbor.history("migration.orders-split").getEvents().size();
    assertTrue(events < 400, events + " events");
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void thePlanIsWhatWasApproved() {
    Plan plan = Plans.copy().build();
    MigrationWorkflow migration = harbor.start(plan);
    assertEquals(plan, migration.plan());
    assertNull(migration.status().waitingFor());
  }

  @Test
  void errandsAreNotRetriedForEver() {
    PlanWorkflow planning = harbor.stub(PlanWorkflow.class, "plan");
    assertThrows(WorkflowException.class, () -> planning.makePlan(Plans.copy().build().spec()));
    assertEquals(3, harbor.db().times("makePlan"));
    assertNotNull(harbor.stub(ListWorkflow.class, "list").listMigrations());
    assertTrue(
        harbor.stub(CheckPlanWorkflow.class, "check").checkPlan(Plans.copy().build()).isEmpty());
  }

  static String details(MigrationWorkflow migration) {
    return WorkflowStub.fromTyped(migration)
        .query("__temporal_workflow_metadata", io.temporal.api.sdk.v1.WorkflowMetadata.class)
        .getCurrentDetails();
  }

  private List<String> summaries(MigrationWorkflow migration) {
    return harbor
        .history(WorkflowStub.fromTyped(migration).getExecution().getWorkflowId())
        .getEvents()
        .stream()
        .filter(HistoryEvent::hasUserMetadata)
        .map(event -> event.getUserMetadata().getSummary())
        .map(summary -> Payloads.converter().fromPayload(summary, String.class, String.class))
        .toList();
  }
}
