package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person can mend never ends a migration. */
final class ParkTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "register",
        "applyDdl expand 2",
        "deferIndexes 1",
        "installCapture 1",
        "fillRanges 1 lane 2",
        "followTail 1",
        "restoreIndexes 1",
        "awaitCaughtUp 1",
        "compareMove 1",
        "sealEvidence reads",
        "handOver 1",
        "removeCapture 1",
        "applyDdl contract 1"
      })
  void parksAndRetryDoesTheStepAgain(String step) {
    harbor.db().failOnce(step, () -> Failures.statementFailed("no space left\nhelp: add a disk"));
    // A tail's failure must not be overtaken by the end of the walk.
    harbor.db().hold("handOver 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    if (step.startsWith("removeCapture") || step.startsWith("applyDdl contract")) {
      harbor.awaitAsked("handOver 1");
      harbor.db().release("handOver 1");
    }
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("no space left", parked.reason());
    assertEquals("add a disk; then `retry`", parked.help());
    assertFalse(harbor.db().open);
    harbor.db().release("handOver 1");
    migration.retry(Harbor.json("by", "bob"));
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    assertTrue(harbor.db().times(step) >= 2);
  }

  @Test
  void aFailureThatPassesIsTriedAgainWithoutAPerson() {
    harbor.db().failOnce("applyDdl expand 1", () -> Failures.unavailable("failover"));
    harbor
        .db()
        .failOnce("handOver 1", () -> Failures.blocked("pid 7 holds it", Duration.ofMillis(10)));
    assertEquals(State.COMPLETED, harbor.end(harbor.start(ungatedCopy())).state());
    assertEquals(0, harbor.db().times("fence shut"));
  }

  @Test
  void differencesParkAndRetryRepairsAndComparesAgain() {
    harbor
        .db()
        .compareTo(1, RecordingDatabase.differing(1, 1, 0), RecordingDatabase.differing(1, 0, 1));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("1 difference in public.orders2 (1 missing); see kedge.finding", parked.reason());
    assertEquals(1L, parked.reconciliation().differences());
    migration.retry(null);
    harbor.awaitAsked("compareMove 1", 2);
    harbor.awaitState(migration, State.PARKED);
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(
        List.of(
            "compareMove 1",
            "repairFindings 1",
            "compareMove 1",
            "repairFindings 1",
            "compareMove 1",
            "compareCaptured 1"),
        harbor.db().asked.stream()
            .filter(call -> call.startsWith("compare") || call.startsWith("repair"))
            .limit(6)
            .toList());
  }

  @Test
  void whatIsInQuarantineIsShownWithKeysBesideWhatItStops() {
    harbor
        .db()
        .compareTo(
            1,
            new Comparison(
                1,
                100,
                0,
                0,
                0,
                2,
                0,
                98,
                0,
                List.of(
                    new Difference("public.orders2", "17", "notComparable"),
                    new Difference("public.orders2", "18", "notComparable")),
                "2026-01-01T00:00:00Z"));
    harbor.db().hold("compareMove 1");
    MigrationWorkflow migration =
        harbor.start(Plans.copy().quarantining().ungated().stability(Duration.ZERO).build());
    // Noted by the tail, after the last reading of the backfill.
    harbor.awaitAsked("compareMove 1");
    harbor.db().quarantine =
        new Quarantined(
            2,
            List.of(
                new Quarantined.Example("17", "a value cannot be converted", 3),
                new Quarantined.Example("18", "a value cannot be converted", 1)));
    harbor.db().release("compareMove 1");
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(
        "2 differences in public.orders2 (2 not comparable), key 17; 18; see kedge.finding",
        parked.reason());
    JsonNode json = Payloads.mapper().valueToTree(parked);
    assertEquals(2, json.at("/moves/0/quarantine/rows").asLong());
    assertEquals("17", json.at("/moves/0/quarantine/examples/0/key").asText());
    String details = StatusTest.details(migration);
    assertTrue(
        details.contains(
            "**In quarantine**: 2 rows of s cannot be taken over, key 17 (a value cannot be"
                + " converted), 18 (a value cannot be converted); mend them: no gate opens before"),
        details);
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void whatCannotBeComparedParksAndSaysWhy() {
    harbor
        .db()
        .compareTo(1, RecordingDatabase.notComparable(1, "permission denied for table orders2"));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(
        "1 difference in public.orders2 (1 not comparable); see kedge.finding:"
            + " permission denied for table orders2",
        parked.reason());
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void whoRetriedDoesNotApprove() {
    harbor.db().compareTo(1, RecordingDatabase.differing(1, 1, 0));
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitState(migration, State.PARKED);
    migration.retry(Harbor.json("by", "bob"));
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertFalse(Harbor.verdict(migration.status()).accepted());
  }

  @Test
  void aParkedWalkIsNotPausedOnTop() {
    harbor.db().failOnce("installCapture 1", () -> Failures.refused("no"));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitState(migration, State.PARKED);
    MigrationStatus status = migration.pauseAndWait(null);
    assertEquals(State.PARKED, status.state());
    assertEquals(
        "the migration is parked already; nothing is written", Harbor.verdict(status).message());
    migration.resume(null);
    assertTrue(Harbor.verdict(migration.status()).message().contains("`retry` tries again"));
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aTailThatEndsByItselfParks() {
    harbor.db().hold("handOver 1");
    harbor.db().failOnce("followTail 1", () -> Failures.badData("key 7 cannot be converted"));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("key 7 cannot be converted", parked.reason());
  }

  @Test
  void notesThatCannotBeDeliveredHoldNothingUp() {
    harbor.db().notesFail = true;
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    harbor.db().notesFail = false;
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  private static Plan ungatedCopy() {
    return Plans.copy().ungated().stability(Duration.ZERO).build();
  }
}
