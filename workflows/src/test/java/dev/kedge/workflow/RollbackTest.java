package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.plan.Phase;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way back, and the way out. */
final class RollbackTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "register            |",
        "sealEvidence expand |",
        "applyDdl expand 1   | undoDdl 1",
        "applyDdl expand 2   | undoDdl 2, undoDdl 1",
        "deferIndexes 1      | undoDdl 2, undoDdl 1",
        "installCapture 1    | removeCapture 1, undoDdl 2, undoDdl 1",
        "fillRanges 1 lane 1 | removeCapture 1, undoDdl 2, undoDdl 1",
        "awaitCaughtUp 1     | removeCapture 1, undoDdl 2, undoDdl 1",
        "compareMove 1       | removeCapture 1, undoDdl 2, undoDdl 1",
        "compareCaptured 1   | removeCapture 1, undoDdl 2, undoDdl 1",
        "handOver 1          | handBack 1, removeCapture 1, undoDdl 2, undoDdl 1"
      })
  void undoesInReverseWhatWasBegun(String step, String expected) {
    harbor.db().failOnce(step, () -> Failures.refused("stop here"));
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ZERO).build());
    harbor.awaitState(migration, State.PARKED);
    migration.rollback(Harbor.json("by", "bob", "reason", "wrong week"));
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.ROLLED_BACK, end.state());
    assertEquals("rolled back by bob: wrong week", end.reason());
    assertEquals(expected == null ? List.of() : List.of(expected.split(", ")), wayBack());
  }

  @Test
  void handsBackAtOnceWhatWasHandedOverTogether() {
    MigrationWorkflow migration = harbor.start(Plans.twoCopies().together().ungated().build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    assertEquals(0, harbor.db().times("handOver 2"));
    long tails = harbor.db().times("followTail 2");
    migration.rollback(null);
    harbor.end(migration);
    assertEquals(
        List.of("handBack 1", "removeCapture 2", "removeCapture 1", "undoDdl 2", "undoDdl 1"),
        wayBack());
    assertTrue(harbor.db().times("followTail 2") > tails, "handed back without its second tail");
    assertEquals(
        List.of(new TableName("public", "orders2"), new TableName("public", "lines")),
        harbor.db().undone.peek().archive());
  }

  @Test
  void rollsBackFromTheStabilityWindowWithTailsAndArchives() {
    harbor.db().archivedRows = 120;
    MigrationWorkflow migration = harbor.start(Plans.twoCopies().ungated().build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    long tails = harbor.db().times("followTail 2");
    migration.rollback(null);
    MigrationStatus end = harbor.end(migration);
    assertEquals(
        List.of(
            "handBack 2",
            "handBack 1",
            "removeCapture 2",
            "removeCapture 1",
            "undoDdl 2",
            "undoDdl 1"),
        wayBack());
    assertTrue(harbor.db().times("followTail 2") > tails, "handed back without a tail");
    assertEquals(
        List.of(new TableName("public", "orders2"), new TableName("public", "lines")),
        harbor.db().undone.peek().archive());
    assertTrue(end.report().contains("archived 120 rows in kedge.archive_1"));
    assertEquals("rolledBack", lastNote());
  }

  @Test
  void rollsBackInTheMiddleOfTheLanes() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(List.of("removeCapture 1", "undoDdl 2", "undoDdl 1"), wayBack());
    assertTrue(harbor.db().undone.stream().allMatch(request -> request.archive().isEmpty()));
    List<String> asked = List.copyOf(harbor.db().asked);
    assertTrue(asked.indexOf("fence shut") < asked.indexOf("removeCapture 1"));
  }

  @Test
  void rollsBackFromAGateAndFromAPause() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.pauseAndWait(null);
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(List.of("removeCapture 1", "undoDdl 2", "undoDdl 1"), wayBack());
  }

  @Test
  void aFailingUndoParksAndRetryContinuesIt() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    harbor.db().failOnce("undoDdl 2", () -> Failures.statementFailed("a view depends on it"));
    migration.rollback(null);
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("a view depends on it", parked.reason());
    migration.rollback(null);
    assertEquals(
        "the migration is rolling back already; `retry` goes on",
        Harbor.verdict(migration.status()).message());
    migration.retry(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(List.of("removeCapture 1", "undoDdl 2", "undoDdl 2", "undoDdl 1"), wayBack());
  }

  @Test
  void rollbackIsRefusedOnceContractHasBegun() {
    harbor.db().hold("removeCapture 1");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build());
    harbor.awaitAsked("removeCapture 1");
    migration.rollback(null);
    Verdict verdict = Harbor.verdict(migration.status());
    assertFalse(verdict.accepted());
    assertTrue(verdict.message().contains("INSERT … SELECT from its archive"), verdict.message());
    migration.abort(null);
    assertFalse(Harbor.verdict(migration.status()).accepted());
    harbor.db().release("removeCapture 1");
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void rollsBackFromTheContractGate() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace()
                .ungated()
                .gate(Gate.CONTRACT, ApprovalPolicy.defaultOf(Gate.CONTRACT))
                .stability(Duration.ZERO)
                .build());
    harbor.awaitGate(migration, Gate.CONTRACT);
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(List.of("handBack 1", "removeCapture 1", "undoDdl 2", "undoDdl 1"), wayBack());
  }

  @Test
  void abortRemovesTheCaptureAndLeavesTheTarget() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(Plans.twoCopies().build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.abort(Harbor.json("by", "bob"));
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.ABORTED, end.state());
    assertEquals("aborted by bob", end.reason());
    assertEquals(List.of("removeCapture 2", "removeCapture 1"), wayBack());
    assertEquals("aborted", lastNote());
  }

  @Test
  void whatHappensAfterTheEndIsRefused() {
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build());
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    assertEquals(State.COMPLETED, migration.status().state());
    assertEquals("completed", lastNote());
  }

  private String lastNote() {
    return harbor.db().states.stream().reduce((a, b) -> b).orElseThrow().state();
  }

  private List<String> wayBack() {
    return harbor.db().asked.stream()
        .filter(
            call ->
                call.startsWith("undo")
                    || call.startsWith("handBack")
                    || call.startsWith("removeCapture"))
        .toList();
  }
}
