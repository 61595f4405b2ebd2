package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopping for a while, from anywhere. */
final class PauseTest {
  @RegisterExtension final Harbor harbor = new Harbor();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "applyDdl expand 1",
        "deferIndexes 1",
        "installCapture 1",
        "fillRanges 1 lane 1",
        "restoreIndexes 1",
        "awaitCaughtUp 1",
        "compareMove 1",
        "compareCaptured 1",
        "handOver 1",
        "removeCapture 1",
        "applyDdl contract 1"
      })
  void pausesInTheMiddleOfAStepAndDoesItAgain(String step) {
    harbor.db().hold(step);
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked(step);
    MigrationStatus paused = migration.pauseAndWait(Harbor.json("by", "bob", "reason", "lunch"));
    assertEquals(State.PAUSED, paused.state());
    assertEquals("paused by bob: lunch", paused.reason());
    assertFalse(harbor.db().open);
    harbor.db().release(step);
    long before = harbor.db().times(step);
    migration.resume(Harbor.json("by", "bob"));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertTrue(harbor.db().times(step) > before, "the step was not done again");
    assertEquals(1, harbor.db().times("fence shut"));
    assertEquals(1, harbor.db().times("fence open"));
  }

  @Test
  void fencesBeforeItCallsAnythingOff() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked("fillRanges 1 lane 1");
    long epoch = harbor.db().epoch.get();
    migration.pauseAndWait(null);
    assertEquals(epoch + 1, harbor.db().epoch.get());
    assertFalse(harbor.db().open);
  }

  @Test
  void tailsRestartAtTheNewEpochAfterAResume() {
    harbor.db().hold("compareMove 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked("followTail 1");
    harbor.awaitAsked("compareMove 1");
    migration.pauseAndWait(null);
    harbor.db().release("compareMove 1");
    migration.resume(null);
    harbor.awaitAsked("followTail 1", 2);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void pausesAtAGateAndAsksAgainAfterwards() {
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    MigrationStatus paused = migration.pauseAndWait(null);
    assertEquals(State.PAUSED, paused.state());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertFalse(Harbor.verdict(migration.status()).accepted());
    migration.resume(null);
    assertEquals(0, harbor.awaitGate(migration, Gate.READS).waitingFor().have());
  }

  @Test
  @Timeout(60)
  void aGateThatWouldOpenWhileItPausesDoesNotHideThePause() {
    harbor.db().hold("compareMove 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitAsked("compareMove 1");
    CountDownLatch readings = new CountDownLatch(1);
    harbor.db().readings = readings;
    harbor.db().release("compareMove 1");
    Harbor.until(() -> harbor.db().readingsThatWait.get() == 1);
    migration.pause(null);
    harbor.awaitAsked("fence shut");
    harbor.awaitState(migration, State.PAUSED);
    harbor.db().readings = null;
    readings.countDown();
    assertEquals(State.PAUSED, migration.pauseAndWait(null).state());
    migration.resume(null);
    assertTrue(Harbor.verdict(migration.status()).accepted());
    assertEquals(0, harbor.awaitGate(migration, Gate.READS).waitingFor().have());
  }

  @Test
  void whoeverApprovedBeforeAPauseIsToldThatItDoesNotCount() {
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().gate(Gate.READS, new ApprovalPolicy(2, true, List.of())).build());
    harbor.awaitGate(migration, Gate.READS);
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    migration.pauseAndWait(null);
    migration.resume(null);

    MigrationStatus again = harbor.awaitGate(migration, Gate.READS);
    String why = "it was stopped while gate reads waited, and evidence is sealed anew";
    assertEquals(0, again.waitingFor().have());
    assertEquals("approvals by bob do not count any more: " + why, again.reason());
    assertEquals("approve again", again.help());
    assertEquals(why, migration.approvals().get(0).voidBecause());
    migration.approve(Harbor.json("gate", "reads", "by", "bob", "evidence", "sha256:2"));
    assertEquals(
        "it approves other evidence; what is sealed now is sha256:3; for " + why,
        Harbor.verdict(migration.status()).message());
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertNull(migration.status().reason());
  }

  @Test
  void onlyTheUnpausedPartOfAStabilityWindowCounts() {
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.env().sleep(Duration.ofHours(4));
    migration.pauseAndWait(null);
    harbor.env().sleep(Duration.ofHours(100));
    migration.resume(null);
    harbor.awaitState(migration, State.RUNNING);
    harbor.env().sleep(Duration.ofHours(5));
    assertEquals(Phase.STABILITY, migration.status().phase());
    harbor.env().sleep(Duration.ofHours(2));
    harbor.awaitState(migration, State.COMPLETED);
  }

  @Test
  void aFenceSetByOthersPausesWithoutTakingTheEpochFromThem() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked("fillRanges 1 lane 1");
    harbor.db().open = false;
    harbor.db().epoch.incrementAndGet();
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertTrue(paused.reason().startsWith("fenced in the database"), paused.reason());
    assertEquals(0, harbor.db().times("fence shut"));
    harbor.db().release("fillRanges 1 lane 1");
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aPauseThatCannotFenceIsNotCalledAPause() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked("fillRanges 1 lane 1");
    harbor.db().failOnce("fence shut", () -> Failures.unknownDatabase("no database app"));
    MigrationStatus status = migration.pauseAndWait(null);
    assertEquals(State.PARKED, status.state());
    assertTrue(
        status.reason().endsWith("the fence could not be set: no database app"), status.reason());
    harbor.db().release("fillRanges 1 lane 1");
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aSecondPauseTakesBackAResumeThatWasNotHeeded() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitAsked("fillRanges 1 lane 1");
    for (int i = 0; i < 5; i++) {
      migration.pause(null);
      migration.resume(null);
    }
    migration.pauseAndWait(null);
    assertEquals(State.PAUSED, migration.status().state());
    assertFalse(harbor.db().open);
    harbor.db().release("fillRanges 1 lane 1");
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aWayBackCanBePausedToo() {
    harbor.db().hold("undoDdl 2");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    migration.rollback(null);
    harbor.awaitAsked("undoDdl 2");
    migration.pauseAndWait(null);
    assertEquals(State.PAUSED, migration.status().state());
    harbor.db().release("undoDdl 2");
    migration.resume(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(
        List.of("removeCapture 1", "undoDdl 2", "undoDdl 2", "undoDdl 1"),
        harbor.db().asked.stream()
            .filter(call -> call.startsWith("undo") || call.startsWith("remove"))
            .toList());
  }

  private static Plan ungatedCopy() {
    return Plans.copy().ungated().stability(Duration.ZERO).build();
  }
}
