package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import io.temporal.api.history.v1.HistoryEvent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards of the spec pause and abort as people do. */
final class GuardTest {
  private static final String LAG = "guard replicationLag: 35s of 30s on replica r2";
  private static final String DRIFT = "public.users: column username was dropped";
  private static final String DIFFERENCES = "guard differences: 1 of 1";

  private static final Guards PAUSING =
      new Guards(List.of(), List.of(new Limit(Signal.REPLICATION_LAG, 30_000)), List.of());
  private static final Guards ABORTING =
      new Guards(List.of(), List.of(), List.of(new Limit(Signal.DIFFERENCES, 1)));

  @RegisterExtension final Harbor harbor = new Harbor(TailWorkflowImpl.class);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fillRanges 1 lane 1",
        "followTail 1",
        "restoreIndexes 1",
        "awaitCaughtUp 1",
        "compareMove 1",
        "compareCaptured 1"
      })
  void aGuardPausesAsAPersonDoesAndResumeDoesTheStepAgain(String step) {
    harbor.db().hold("handOver 1");
    harbor.db().hold("followTail 1");
    harbor.db().failOnce(step, () -> Failures.guardPause(LAG));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals(LAG, paused.reason());
    assertEquals(
        "`resume` goes on once it is gone, `rollback` undoes, `abort` stops for good",
        paused.help());
    assertFalse(harbor.db().open);
    assertEquals(1, harbor.db().times("fence shut"));
    harbor.db().release("handOver 1");
    migration.resume(Harbor.json("by", "bob"));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertTrue(harbor.db().times(step) >= 2, "the step was not done again");
    assertEquals(1, harbor.db().times("fence open"));
  }

  @Test
  void whatHelpsComesFromTheGuardWhenItKnows() {
    harbor.db().hold("followTail 1");
    harbor
        .db()
        .failOnce(
            "compareMove 1",
            () -> Failures.guardPause(LAG + "\nhelp: when that has passed: kedge resume"));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals(LAG, paused.reason());
    assertEquals("when that has passed: kedge resume", paused.help());
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fillRanges 1 lane 2", "followTail 1", "compareMove 1"})
  void aGuardAbortsAsAPersonDoes(String step) {
    harbor.db().hold("handOver 1");
    harbor.db().hold("followTail 1");
    harbor.db().failOnce(step, () -> Failures.guardAbort(DIFFERENCES));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.ABORTED, end.state());
    assertEquals("aborted by " + DIFFERENCES, end.reason());
    assertEquals(List.of("the target stays as it is, unfinished"), end.report());
    assertEquals(1, harbor.db().times("fence shut"));
    assertEquals(1, harbor.db().times("removeCapture 1"));
    assertEquals(0, harbor.db().times("undoDdl 1"));
  }

  @Test
  void aGuardActsAtAGate() {
    harbor.db().hold("followTail 1");
    MigrationWorkflow migration = harbor.start(Plans.copy().build());
    harbor.awaitGate(migration, Gate.READS);
    trip("followTail 1");
    assertEquals(LAG, harbor.awaitState(migration, State.PAUSED).reason());
    harbor.db().hold("followTail 1");
    migration.resume(null);
    harbor.awaitGate(migration, Gate.READS);
    assertEquals(2, harbor.db().times("sealEvidence reads"));
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void aGuardActsInTheStabilityWindow() {
    harbor.db().hold("followTail 1");
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    trip("followTail 1");
    assertEquals(LAG, harbor.awaitState(migration, State.PAUSED).reason());
    harbor.db().hold("followTail 1");
    migration.resume(null);
    harbor.awaitState(migration, State.RUNNING);
    assertEquals(Phase.STABILITY, migration.status().phase());
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void aGuardActsAtAGateThoughAllMovesAreInPlace() {
    harbor.db().hold("watchGuards 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().guards(PAUSING).build());
    harbor.awaitGate(migration, Gate.READS);
    trip("watchGuards 1");
    assertEquals(LAG, harbor.awaitState(migration, State.PAUSED).reason());
    harbor.db().hold("watchGuards 1");
    migration.resume(null);
    harbor.awaitGate(migration, Gate.READS);
    harbor.awaitAsked("watchGuards 1", 2);
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void aGuardAbortsInTheStabilityWindowOfAMoveInPlace() {
    harbor.db().hold("watchGuards 1");
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().guards(ABORTING).ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.awaitAsked("watchGuards 1");
    harbor.db().failOnce("watchGuards 1", () -> Failures.guardAbort(DIFFERENCES));
    harbor.db().release("watchGuards 1");
    assertEquals("aborted by " + DIFFERENCES, harbor.end(migration).reason());
  }

  @Test
  void theWatchEndsWhenContractTakesCaptureAway() {
    harbor.db().hold("watchGuards 1");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().guards(PAUSING).ungated().stability(Duration.ZERO).build());
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(1, harbor.db().times("watchGuards 1"));
  }

  @Test
  void whereATailLooksNobodyWatches() {
    harbor.db().hold("followTail 1");
    Plan plan = Plans.copy().guards(PAUSING).ungated().stability(Duration.ZERO).build();
    assertEquals(State.COMPLETED, harbor.end(harbor.start(plan)).state());
    assertEquals(0, harbor.db().times("watchGuards 1"));
  }

  @Test
  void whoeverChangesATableFilledInPlaceIsNamedAtAGate() {
    harbor.db().hold("watchGuards 1");
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    harbor.awaitGate(migration, Gate.READS);
    change();
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(DRIFT, parked.reason());
    assertEquals("take that back; then `retry`", parked.help());
    assertFalse(harbor.db().open);

    harbor.db().hold("watchGuards 1");
    migration.retry(null);
    harbor.awaitGate(migration, Gate.READS);
    assertEquals(2, harbor.db().times("sealEvidence reads"));
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void whoeverChangesATableFilledInPlaceIsNamedInTheStabilityWindow() {
    harbor.db().hold("watchGuards 1");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    change();
    assertEquals(DRIFT, harbor.awaitState(migration, State.PARKED).reason());
    migration.rollback(null);
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
  }

  @Test
  void everyMoveInPlaceHasAWatchAlsoAfterAPause() {
    harbor.db().hold("watchGuards 1");
    harbor.db().hold("watchGuards 2");
    MigrationWorkflow migration = harbor.start(Plans.twoInPlace().build());
    for (int times = 1; times <= 3; times++) {
      harbor.awaitGate(migration, Gate.READS);
      harbor.awaitAsked("watchGuards 1", times);
      harbor.awaitAsked("watchGuards 2", times);
      migration.pauseAndWait(null);
      migration.resume(null);
    }
    harbor.awaitGate(migration, Gate.READS);
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void nobodyWatchesATableOnceACaptureOnItGoes() {
    harbor.db().hold("watchGuards 1");
    harbor.db().hold("watchGuards 2");
    harbor.db().hold("removeCapture 1");
    MigrationWorkflow migration =
        harbor.start(Plans.twoInPlace().ungated().stability(Duration.ZERO).build());
    harbor.awaitAsked("removeCapture 1");
    String watch = WatchWorkflow.idOf("orders-split", 2);
    Harbor.until(
        () ->
            harbor.history(watch).getEvents().stream()
                .anyMatch(HistoryEvent::hasWorkflowExecutionCanceledEventAttributes));
    harbor.db().release("removeCapture 1");
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void nobodyWatchesOnTheWayBack() {
    harbor.db().hold("watchGuards 1");
    harbor.db().hold("handBack 1");
    MigrationWorkflow migration =
        harbor.start(
            Plans.inPlace().guards(PAUSING).ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.awaitAsked("watchGuards 1");
    migration.rollback(null);
    harbor.awaitAsked("handBack 1");
    harbor.db().release("handBack 1");
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(1, harbor.db().times("watchGuards 1"));
  }

  @Test
  void aGuardThatStillStandsPausesAgain() {
    harbor.db().hold("followTail 1");
    for (int times = 0; times < 2; times++) {
      harbor.db().failOnce("compareMove 1", () -> Failures.guardPause(LAG));
    }
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    harbor.awaitState(migration, State.PAUSED);
    migration.resume(null);
    harbor.awaitAsked("compareMove 1", 2);
    harbor.awaitState(migration, State.PAUSED);
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(2, harbor.db().times("fence shut"));
  }

  @Test
  void anAbortThatIsTooLateForPeopleIsAPause() {
    harbor.db().hold("followTail 1");
    harbor.db().failOnce("applyDdl contract 1", () -> Failures.guardAbort(DIFFERENCES));
    MigrationWorkflow migration = harbor.start(ungatedCopy());
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals(DIFFERENCES + "; it is too late to abort", paused.reason());
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void nothingButAPersonStopsTheWayBack() {
    harbor.db().hold("followTail 1");
    harbor.db().hold("handBack 1");
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    assertTrue(harbor.db().followed.stream().noneMatch(turn -> turn.move().unguarded()));
    migration.rollback(null);
    harbor.awaitAsked("handBack 1");
    harbor.awaitAsked("followTail 1", 2);
    assertTrue(harbor.db().followed.stream().reduce((a, b) -> b).orElseThrow().move().unguarded());
    harbor.db().release("handBack 1");
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
  }

  private void change() {
    harbor.awaitAsked("watchGuards 1");
    harbor
        .db()
        .failOnce("watchGuards 1", () -> Failures.catalogDiffers(DRIFT + "\nhelp: take that back"));
    harbor.db().release("watchGuards 1");
  }

  /** The next turn of what is held fails by a guard. */
  private void trip(String step) {
    harbor.awaitAsked(step);
    harbor.db().failOnce(step, () -> Failures.guardPause(LAG));
    harbor.db().release(step);
  }

  private static Plan ungatedCopy() {
    return Plans.copy().ungated().stability(Duration.ZERO).build();
  }
}
