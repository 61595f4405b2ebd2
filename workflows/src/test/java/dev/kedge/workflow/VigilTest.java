package dev.kedge.workflow;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.ReconcileActivities.RepairRequest;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sealed evidence is proven again while its gate waits, and once more before it opens. */
final class VigilTest {
  private static final String MISSING =
      "move 1: 1 difference in public.users (1 missing); see kedge.finding";

  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void aGateOpensOnlyAfterALastLook() {
    harbor.db().hold("lastLook reads");
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitAsked("lastLook reads");
    assertEquals(Phase.RECONCILE, migration.status().phase());
    assertEquals(
        new RoundRequest(
            harbor.db().looks.element().scope(), Gate.READS, Plans.HASH, 2, List.of(1), true),
        harbor.db().looks.element());

    harbor.db().release("lastLook reads");
    harbor.awaitGate(migration, Gate.WRITES);
    assertTrue(migration.approvals().stream().allMatch(each -> each.voidBecause() == null));
  }

  @Test
  void aDifferenceAtTheLastLookVoidsApprovalsAndSaysWhy() {
    harbor.db().rounds.add(missing());
    MigrationWorkflow migration =
        atReads(Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    migration.approve(Harbor.approval(Gate.READS, "carol"));

    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    String why = "the evidence for gate reads (number 2) is void: " + MISSING;
    assertEquals(why + "; approvals by bob, carol do not count any more", parked.reason());
    assertEquals(
        "`retry` sets the columns that follow in these rows of public.users, notes in kedge.repair"
            + " who sent it, and compares again; `rollback` undoes, `abort` stops for good",
        parked.help());
    assertEquals(Phase.RECONCILE, parked.phase());
    assertEquals(
        List.of(why, why), migration.approvals().stream().map(Decision::voidBecause).toList());
    assertFalse(harbor.db().open);

    migration.retry(Harbor.json("by", "dave"));
    MigrationStatus again = harbor.awaitGate(migration, Gate.READS);
    assertEquals(new MigrationStatus.WaitingFor(Gate.READS, 2, 0, "sha256:3"), again.waitingFor());
    assertEquals(
        List.of("dave"), harbor.db().repairs.stream().map(RepairRequest::askedBy).toList());
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "evidence", "sha256:2"));
    assertEquals(
        "it approves other evidence; what is sealed now is sha256:3; for " + why,
        Harbor.verdict(migration.status()).message());
  }

  @Test
  void laterCleanLooksChangeNothingOfWhatIsSealed() {
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    harbor.env().sleep(Duration.ofMinutes(50));
    await().until(() -> harbor.db().times("look reads") >= 3);
    assertFalse(harbor.db().looks.element().promotion());
    assertEquals("sha256:2", evidence(migration));
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "evidence", "sha256:2"));
    harbor.awaitGate(migration, Gate.WRITES);
    assertEquals(3, harbor.db().sealed.size());
  }

  @Test
  void whatALookFindsWhileTheGateWaitsVoidsTheSeal() {
    harbor.db().rounds.add(RecordingDatabase.doubtful("move 1: somebody disabled the triggers"));
    MigrationWorkflow migration =
        atReads(Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.env().sleep(Duration.ofMinutes(20));
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(
        "the evidence for gate reads (number 2) is void: move 1: somebody disabled the triggers;"
            + " approvals by bob do not count any more",
        parked.reason());
    assertTrue(String.valueOf(parked.help()).startsWith("`retry` looks again"), parked.help());
    // What differs is repaired, and nothing differed.
    migration.retry(Harbor.json("by", "dave"));
    assertEquals("sha256:3", harbor.awaitGate(migration, Gate.READS).waitingFor().evidence());
    assertEquals(0, harbor.db().repairs.size());
    assertEquals(0, harbor.db().voided.size());
  }

  @Test
  void evidenceThatCouldNotBeProvenForTooLongIsVoid() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      harbor.db().failOnce("look reads", () -> Failures.unavailable("no route to host"));
    }
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    harbor.env().sleep(Duration.ofHours(5));
    assertEquals(State.WAITING, migration.status().state());
    harbor.env().sleep(Duration.ofHours(2));
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertTrue(
        String.valueOf(parked.reason())
            .startsWith("the evidence for gate reads (number 2) is void: stale: it was proven"),
        parked.reason());
    assertEquals(2, harbor.db().voided.element().evidence());
    assertEquals(parked.reason(), harbor.db().voided.element().why());
  }

  @Test
  void aLookThatFailsForGoodVoidsTheSealToo() {
    harbor.db().failOnce("look reads", () -> Failures.statementFailed("permission denied"));
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    harbor.env().sleep(Duration.ofMinutes(20));
    String why =
        "the evidence for gate reads (number 2) is void, it could not be proven again: permission"
            + " denied";
    assertEquals(why, harbor.awaitState(migration, State.PARKED).reason());
    assertEquals(why, harbor.db().voided.element().why());
  }

  @Test
  void aLastLookThatFailsKeepsTheGateShut() {
    harbor.db().failOnce("lastLook reads", () -> Failures.statementFailed("permission denied"));
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertEquals(
        "the evidence for gate reads (number 2) is void, it could not be proven again: permission"
            + " denied; approvals by bob do not count any more",
        harbor.awaitState(migration, State.PARKED).reason());
    assertNotNull(migration.approvals().get(0).voidBecause());
    assertEquals(Phase.RECONCILE, migration.status().phase());
  }

  @Test
  void aPauseDuringTheLastLookTakesBackTheApprovalAndSaysSo() {
    harbor.db().hold("lastLook reads");
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitAsked("lastLook reads");
    migration.pauseAndWait(null);
    String why = "it was stopped while gate reads waited, and evidence is sealed anew";
    assertEquals(why, migration.approvals().get(0).voidBecause());
    // Nothing was found against what was sealed.
    assertEquals(0, harbor.db().voided.size());
    harbor.db().release("lastLook reads");
    migration.resume(null);
    MigrationStatus again = harbor.awaitGate(migration, Gate.READS);
    assertEquals(0, again.waitingFor().have());
    assertEquals("approvals by bob do not count any more: " + why, again.reason());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void aPauseEndsTheWatchAndTheGateIsWatchedAgain() {
    MigrationWorkflow migration = atReads(Plans.inPlace().build());
    migration.pauseAndWait(null);
    migration.resume(null);
    harbor.awaitGate(migration, Gate.READS);
    assertEquals("sha256:3", evidence(migration));
    harbor.env().sleep(Duration.ofMinutes(20));
    harbor.awaitAsked("look reads");
    assertEquals(3, harbor.db().looks.element().evidence());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void whatComesBackStopsAsABugAndNotAsDrift() {
    Comparison differing = RecordingDatabase.differing(1, 0, 1);
    Comparison back =
        new Comparison(
            1,
            100,
            0,
            0,
            1,
            0,
            0,
            99,
            0,
            List.of(new Difference("public.orders2", "7", "different")),
            "2026-01-01T00:00:00Z",
            List.of(),
            List.of(new Difference("public.orders2", "7", "different")));
    harbor.db().compareTo(1, differing, back);
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ZERO).build());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertTrue(
        String.valueOf(parked.help())
            .startsWith(
                "`retry` has the applier make public.orders2 equal to public.orders for these keys"),
        parked.help());
    migration.retry(Harbor.json("by", "dave"));
    harbor.awaitAsked("compareMove 1", 2);
    parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(
        "a bug, not drift: key 7 of public.orders2 was equal or repaired before, and differs again"
            + " (1 difference in public.orders2 (1 different), key 7; see kedge.finding)",
        parked.reason());
    assertTrue(
        String.valueOf(parked.help()).startsWith("find out who else writes public.orders2"),
        parked.help());
  }

  @Test
  void whereNobodyIsAskedNobodyWaits() {
    harbor.end(harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build()));
    assertEquals(0, harbor.db().looks.size());
  }

  private MigrationWorkflow atReads(Plan plan) {
    MigrationWorkflow migration = harbor.start(plan);
    harbor.awaitGate(migration, Gate.READS);
    return migration;
  }

  private static Round missing() {
    return RecordingDatabase.doubtful(MISSING, RecordingDatabase.differing(1, 1, 0));
  }

  private static String evidence(MigrationWorkflow migration) {
    MigrationStatus.WaitingFor waiting = migration.status().waitingFor();
    assertNotNull(waiting);
    assertNull(migration.status().reason());
    return String.valueOf(waiting.evidence());
  }
}
