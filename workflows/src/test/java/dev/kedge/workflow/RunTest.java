package dev.kedge.workflow;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.CanceledFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One run and the next: continued as new, cancelled, or beside what an earlier one left. */
final class RunTest {
  private static final String ID = "migration.orders-split";

  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void continuesAsNewBetweenPhasesAndForgetsNothing() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.copy()
                .stability(Duration.ofHours(1))
                .gate(Gate.CONTRACT, new ApprovalPolicy(1, true, List.of()))
                .build());
    harbor.awaitGate(migration, Gate.READS);
    migration.tune(Harbor.json("requestId", "pace").put("lanes", 5));
    fillHistory(migration);
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "requestId", "yes"));
    MigrationStatus status = harbor.awaitGate(migration, Gate.WRITES);
    await().until(this::wasContinued);
    assertEquals(Phase.READS, status.phase());
    assertEquals("from now on 5 lanes", migration.verdictOf("pace").message());
    assertTrue(migration.approvals().stream().anyMatch(Decision::accepted));
    assertEquals(100L, status.reconciliation().comparedRows());
    migration.approve(Harbor.json("gate", "writes", "by", "carol", "requestId", "yes"));
    assertEquals(0, harbor.awaitGate(migration, Gate.WRITES).waitingFor().have());
    harbor.awaitAsked("followTail 1", 2);
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(1, harbor.db().times("register"));
    assertTrue(harbor.db().asked.contains("undoDdl 1"));
    assertTrue(harbor.db().asked.contains("removeCapture 1"));
  }

  @Test
  void aCancelledWorkflowLetsNothingOfItsWriteAnyMore() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    WorkflowStub.fromTyped(migration).cancel();
    WorkflowFailedException failure =
        assertThrows(WorkflowFailedException.class, () -> harbor.result(migration));
    assertTrue(failure.getCause() instanceof CanceledFailure);
    assertFalse(harbor.db().open);
    assertEquals(
        "the workflow was cancelled; start the same spec again to go on",
        migration.status().reason());
  }

  @Test
  void aChildThatAnEarlierRunLeftIsNotInTheWay() {
    harbor.db().open = true;
    harbor.db().lane(1, Outcome.NOTHING_TO_CLAIM);
    Plan plan = Plans.copy().ungated().stability(Duration.ZERO).build();
    BackfillWorkflow left = harbor.stub(BackfillWorkflow.class, ID + ".backfill.1");
    MoveScope scope = new MoveScope(new Scope("orders-split", "app", 0), plan.move(1));
    WorkflowClient.start(left::backfill, new BackfillWorkflow.Input(scope, 1));
    harbor.awaitAsked("fillRanges 1 lane 1");
    // It waits for others now, and does not see that its epoch is over until it looks again.
    MigrationWorkflow migration = harbor.start(plan);
    harbor.awaitAsked("fillRanges 1 lane 2");
    assertFalse(harbor.history(ID + ".backfill.1.2").getEvents().isEmpty());
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  /** Sends what changes nothing until the server suggests to continue as new. */
  private void fillHistory(MigrationWorkflow migration) {
    while (harbor.history(ID).getEvents().size() < 4_200) {
      for (int i = 0; i < 200; i++) {
        migration.retry(null);
      }
    }
  }

  private boolean wasContinued() {
    return harbor.history(ID).getEvents().get(0).toString().contains("continued_execution_run_id");
  }
}
