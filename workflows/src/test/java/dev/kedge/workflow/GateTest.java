package dev.kedge.workflow;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.RegistryActivities.DecisionNote;
import dev.kedge.plan.Phase;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who opens which gate, on what evidence. */
final class GateTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void aGateWaitsInThePhaseBeforeItAndShowsWhatItNeeds() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    MigrationStatus status = harbor.awaitGate(migration, Gate.READS);
    assertEquals(Phase.RECONCILE, status.phase());
    assertEquals(State.WAITING, status.state());
    assertEquals(new MigrationStatus.WaitingFor(Gate.READS, 1, 0, "sha256:2"), status.waitingFor());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    status = harbor.awaitGate(migration, Gate.WRITES);
    assertEquals(Phase.READS, status.phase());
  }

  @Test
  void contractWaitsForAsManyPeopleAsThePolicySays() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace()
                .ungated()
                .stability(Duration.ZERO)
                .gate(Gate.CONTRACT, new ApprovalPolicy(2, true, List.of()))
                .build());
    harbor.awaitGate(migration, Gate.CONTRACT);
    migration.approve(Harbor.approval(Gate.CONTRACT, "bob"));
    assertVerdict(migration, true, "1 of 2 approvals");
    assertEquals(1, waiting(migration).have());
    migration.approve(Harbor.approval(Gate.CONTRACT, "carol"));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertTrue(harbor.db().asked.contains("applyDdl contract 1"));
  }

  @Test
  void onePersonCountsOnceHoweverSpelt() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "bob@example.com"));
    migration.approve(Harbor.approval(Gate.READS, " Bob@Example.com"));
    assertVerdict(migration, false, "has approved already; one person counts once");
    assertEquals(1, waiting(migration).have());
  }

  @Test
  void whoStartedDoesNotApprove() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "ANN"));
    assertVerdict(migration, false, "started, resumed or retried this migration");
  }

  @Test
  void whoResumedDoesNotApprove() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.pauseAndWait(null);
    migration.resume(Harbor.json("by", "dave"));
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "dave"));
    assertVerdict(migration, false, "started, resumed or retried this migration");
  }

  @Test
  void whoStartedApprovesWhereThePolicyLetsThem() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(1, false, List.of())).build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "ann"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void onlyThoseOnTheListApprove() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace()
                .gate(Gate.READS, new ApprovalPolicy(1, true, List.of("dba@example.com")))
                .build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertVerdict(migration, false, "bob is not among those who may: dba@example.com");
    migration.approve(Harbor.approval(Gate.READS, "DBA@example.com"));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void anEarlyApprovalIsRefusedAndDoesNotCountLater() {
    harbor.db().hold("compareMove 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitAsked("compareMove 1");
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertVerdict(migration, false, "gate reads is not open: its evidence is not sealed yet");
    harbor.db().release("compareMove 1");
    assertEquals(0, harbor.awaitGate(migration, Gate.READS).waitingFor().have());
  }

  @Test
  void anApprovalForAnotherGateIsRefused() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.WRITES, "bob"));
    assertVerdict(migration, false, "gate writes is not open; the one that waits is reads");
  }

  @Test
  void anApprovalForAnotherPlanIsRefused() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "planHash", "sha256:other"));
    assertVerdict(migration, false, "it approves another plan; this one is " + Plans.HASH);
  }

  @Test
  void anApprovalForOtherEvidenceIsRefused() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "evidence", "sha256:1"));
    assertVerdict(migration, false, "it approves other evidence; what is sealed now is sha256:2");
    migration.approve(
        Harbor.json("gate", "reads", "by", "bob", "evidence", "sha256:2", "planHash", Plans.HASH));
    harbor.awaitGate(migration, Gate.WRITES);
  }

  @Test
  void anApprovalWithoutANameIsToldHowToSend() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.json("gate", "reads"));
    assertVerdict(
        migration, false, "does not say who you are; send {\"gate\":\"reads\",\"by\":\"you@");
  }

  @Test
  void aRejectionParksAndRetryAsksAgainWithFreshEvidence() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    migration.reject(Harbor.json("gate", "reads", "by", "carol", "comment", "not on a Friday"));
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("gate reads rejected by carol: not on a Friday", parked.reason());
    assertNull(parked.waitingFor());
    assertFalse(harbor.db().open);
    migration.retry(Harbor.json("by", "dave"));
    MigrationStatus again = harbor.awaitGate(migration, Gate.READS);
    assertEquals(new MigrationStatus.WaitingFor(Gate.READS, 2, 0, "sha256:3"), again.waitingFor());
  }

  @Test
  void aGateWithoutApproversStaysShutOnDifferences() {
    harbor.db().compareTo(1, RecordingDatabase.equal(1), RecordingDatabase.differing(1, 1, 2));
    MigrationWorkflow migration = harbor.start(Plans.inPlace().ungated().build());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(
        "3 differences in public.users (1 missing, 2 different); see kedge.finding",
        parked.reason());
    assertEquals(Phase.RECONCILE, parked.phase());
  }

  @Test
  void everyDecisionIsKeptAndNoted() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "ann"));
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    harbor.awaitGate(migration, Gate.WRITES);
    assertEquals(
        List.of(false, true), migration.approvals().stream().map(Decision::accepted).toList());
    await().until(() -> harbor.db().decisions.size() == 2);
    assertEquals(
        List.of("ann", "bob"), harbor.db().decisions.stream().map(DecisionNote::by).toList());
  }

  @Test
  void theEvidenceOfAGateHoldsTheFullCompareAndTheCapturedKeys() {
    harbor.end(harbor.start(Plans.copy().ungated().stability(Duration.ZERO).build()));
    List<Integer> comparisons =
        harbor.db().sealed.stream().map(request -> request.comparisons().size()).toList();
    assertEquals(List.of(0, 2, 2, 2), comparisons);
  }

  private MigrationStatus.WaitingFor waiting(MigrationWorkflow migration) {
    MigrationStatus.WaitingFor waiting = migration.status().waitingFor();
    assertNotNull(waiting);
    return waiting;
  }

  private static void assertVerdict(MigrationWorkflow migration, boolean accepted, String part) {
    Verdict verdict = Harbor.verdict(migration.status());
    assertTrue(verdict.message().contains(part), verdict.message());
    assertEquals(accepted, verdict.accepted());
  }
}
