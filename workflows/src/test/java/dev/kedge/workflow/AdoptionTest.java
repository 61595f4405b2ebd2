package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a run does with what an earlier one left in the ledger. */
final class AdoptionTest {
  private static final List<String> UNTIL_BACKFILL =
      List.of(
          "expand/applyDdl/1",
          "expand/applyDdl/2",
          "capture/deferIndexes/1",
          "capture/installCapture/1",
          "backfill/fill/1",
          "backfill/restoreIndexes/1");

  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void passesByWhatIsFinishedButComparesFollowsAndAsksAgain() {
    harbor.db().adopted = true;
    harbor.db().finished = UNTIL_BACKFILL;
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitGate(migration, Gate.READS);
    assertEquals(
        List.of(
            "register",
            "sealEvidence expand",
            "awaitCaughtUp 1",
            "compareMove 1",
            "compareCaptured 1",
            "sealEvidence reads"),
        harbor.db().askedBesides("followTail"));
    harbor.awaitAsked("followTail 1");
  }

  @Test
  void rollsBackWhatAnEarlierRunDidThoughThisOneHasNotComeSoFar() {
    harbor.db().adopted = true;
    harbor.db().finished = UNTIL_BACKFILL;
    MigrationWorkflow migration =
        harbor.start(Plans.copy().gate(Gate.EXPAND, ApprovalPolicy.defaultOf(Gate.READS)).build());
    harbor.awaitGate(migration, Gate.EXPAND);
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(
        List.of("removeCapture 1", "undoDdl 2", "undoDdl 1"),
        harbor.db().asked.stream()
            .filter(call -> call.startsWith("undo") || call.startsWith("remove"))
            .toList());
  }

  @Test
  void goesOnWithAContractThatHadBegunAndDoesNotTurnBackFromIt() {
    harbor.db().adopted = true;
    harbor.db().finished =
        Stream.concat(
                UNTIL_BACKFILL.stream(), Stream.of("writes/handOver/1", "contract/removeCapture/1"))
            .toList();
    MigrationWorkflow migration = harbor.start(Plans.copy().stability(Duration.ZERO).build());
    harbor.awaitGate(migration, Gate.READS);
    migration.rollback(null);
    assertFalse(Harbor.verdict(migration.status()).accepted());
    for (Gate gate : List.of(Gate.READS, Gate.WRITES, Gate.CONTRACT)) {
      harbor.awaitGate(migration, gate);
      migration.approve(Harbor.approval(gate, "bob"));
    }
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    List<String> asked = List.copyOf(harbor.db().asked);
    assertTrue(asked.contains("applyDdl contract 1"));
    assertFalse(asked.contains("removeCapture 1"));
    assertFalse(asked.contains("compareMove 1"));
    assertFalse(asked.contains("followTail 1"));
  }
}
