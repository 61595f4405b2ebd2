package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The walk itself, both kinds. */
final class MigrationWorkflowTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void walksInPlaceThroughEveryPhase() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    approve(migration, Gate.READS, "bob");
    approve(migration, Gate.WRITES, "bob");
    harbor.awaitPhase(migration, Phase.STABILITY);
    // Between two looks at the evidence: see HistoryGrowthTest on work that is called off.
    harbor.env().sleep(Duration.ofHours(24).plusMinutes(5));
    approve(migration, Gate.CONTRACT, "bob");
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    assertEquals(Phase.DONE, end.phase());
    assertNull(end.reason());
    assertEquals(
        List.of(
            "register",
            "sealEvidence expand",
            "applyDdl expand 1",
            "applyDdl expand 2",
            "installCapture 1",
            "fillRanges 1 lane",
            "compareMove 1",
            "compareCaptured 1",
            "sealEvidence reads",
            "lastLook reads",
            "compareCaptured 1",
            "sealEvidence writes",
            "lastLook writes",
            "handOver 1",
            "compareCaptured 1",
            "sealEvidence contract",
            "lastLook contract",
            "removeCapture 1",
            "applyDdl contract 1"),
        withoutLanes());
  }

  @Test
  void walksACopyThroughEveryPhase() {
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ofMinutes(5)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.env().sleep(Duration.ofMinutes(6));
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    List<String> asked = withoutLanes();
    assertEquals(
        List.of(
            "register",
            "sealEvidence expand",
            "applyDdl expand 1",
            "applyDdl expand 2",
            "deferIndexes 1",
            "installCapture 1",
            "fillRanges 1 lane",
            "restoreIndexes 1",
            "awaitCaughtUp 1",
            "compareMove 1",
            "compareCaptured 1",
            "sealEvidence reads",
            "compareCaptured 1",
            "sealEvidence writes",
            "handOver 1",
            "compareCaptured 1",
            "sealEvidence contract",
            "removeCapture 1",
            "applyDdl contract 1"),
        asked);
    assertTrue(harbor.db().asked.contains("followTail 1"));
  }

  @Test
  void aSynchronousCopyIsFlippedBeforeTheEvidenceForReads() {
    MigrationWorkflow migration =
        harbor.start(Plans.copy().synchronous().ungated().stability(Duration.ofMinutes(5)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.env().sleep(Duration.ofMinutes(6));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    List<String> asked = withoutLanes();
    int flip = asked.indexOf("flip 1");
    assertEquals(
        List.of("compareMove 1", "flip 1", "compareCaptured 1", "sealEvidence reads"),
        asked.subList(flip - 1, flip + 3));
  }

  private void approve(MigrationWorkflow migration, Gate gate, String by) {
    harbor.awaitGate(migration, gate);
    migration.approve(Harbor.approval(gate, by));
  }

  /**
   * Lanes run side by side, and a tail or a watch beside them; one line stands for all lanes. Looks
   * come as time goes by.
   */
  private List<String> withoutLanes() {
    return harbor.db().asked.stream()
        .filter(call -> !call.startsWith("followTail") && !call.startsWith("watchGuards"))
        .filter(call -> !call.startsWith("look "))
        .map(call -> call.replaceAll(" lane \\d+$", " lane"))
        .reduce(
            new ArrayList<String>(),
            (list, call) -> {
              if (list.isEmpty() || !list.get(list.size() - 1).equals(call)) {
                list.add(call);
              }
              return list;
            },
            (a, b) -> a);
  }
}
