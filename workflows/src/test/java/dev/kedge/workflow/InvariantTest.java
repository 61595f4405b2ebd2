package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Invariant;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the walk does about invariants of the spec. */
final class InvariantTest {
  private static final Invariant INVARIANT =
      Invariant.of("every order has a customer", "SELECT id FROM orders WHERE customer IS NULL");
  private static final String VIOLATED =
      "invariant every order has a customer is violated: 2 rows (keys 7; 9)";
  private static final String UNKNOWN =
      "invariant every order has a customer was not checked: it took longer than 10s";

  @RegisterExtension final Harbor harbor = new Harbor();

  @Test
  void aPlanWithoutInvariantsAsksForNoCheck() {
    MigrationWorkflow migration =
        harbor.start(Plans.copy().ungated().stability(Duration.ZERO).build());
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(0, checks());
    assertEquals(0, harbor.db().times("checkInvariants due"));
  }

  @Test
  void theyAreCheckedBeforeTheBackfillAfterItAndBeforeEachPromotion() {
    MigrationWorkflow migration = harbor.start(copy().ungated().build());
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    List<String> places =
        harbor.db().asked.stream()
            .filter(
                call ->
                    call.equals("checkInvariants")
                        || call.startsWith("sealEvidence")
                        || call.startsWith("compareMove")
                        || call.startsWith("restoreIndexes"))
            .toList();
    assertEquals(
        List.of(
            "sealEvidence expand",
            "checkInvariants",
            "restoreIndexes 1",
            "checkInvariants",
            "compareMove 1",
            "checkInvariants",
            "sealEvidence reads",
            "checkInvariants",
            "sealEvidence writes",
            "checkInvariants",
            "sealEvidence contract"),
        places);
    assertEquals(InvariantState.HOLDS, end.invariants().get(0).state());
  }

  @Test
  void aViolatedOnePausesWhenTheSpecSaysNothingAndResumeChecksAgain() {
    harbor.db().reports.add(report(InvariantState.VIOLATED));
    MigrationWorkflow migration = harbor.start(copy().ungated().build());
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals(VIOLATED, paused.reason());
    assertEquals(Phase.BACKFILL, paused.phase());
    assertEquals(InvariantState.VIOLATED, paused.invariants().get(0).state());
    assertTrue(
        harbor.db().asked.stream().noneMatch(call -> call.startsWith("fillRanges")),
        "rows were copied");
    migration.resume(null);
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.COMPLETED, end.state());
    assertEquals(InvariantState.HOLDS, end.invariants().get(0).state());
  }

  @Test
  void aViolatedOneAbortsWhenTheSpecSaysSo() {
    harbor.db().reports.add(report(InvariantState.HOLDS));
    harbor.db().reports.add(report(InvariantState.VIOLATED));
    MigrationWorkflow migration = harbor.start(copy().ungated().guards(aborting(1)).build());
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.ABORTED, end.state());
    assertEquals("aborted by " + VIOLATED, end.reason());
    assertEquals(0, harbor.db().times("compareMove 1"));
  }

  @Test
  void belowTheBoundTheGateStaysShutAllTheSame() {
    for (int times = 0; times < 3; times++) {
      harbor.db().reports.add(report(InvariantState.VIOLATED));
    }
    MigrationWorkflow migration = harbor.start(copy().guards(aborting(2)).build());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals("gate reads stays shut: " + VIOLATED, parked.reason());
    assertEquals(0, harbor.db().times("sealEvidence reads"));
    migration.retry(null);
    harbor.awaitGate(migration, Gate.READS);
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void oneThatCannotBeCheckedKeepsTheGateShut() {
    harbor.db().reports.add(report(InvariantState.HOLDS));
    harbor.db().reports.add(report(InvariantState.HOLDS));
    harbor.db().reports.add(report(InvariantState.NOT_CHECKED));
    MigrationWorkflow migration = harbor.start(copy().build());
    MigrationStatus parked = harbor.awaitState(migration, State.PARKED);
    assertEquals(UNKNOWN, parked.reason());
    assertEquals(Phase.RECONCILE, parked.phase());
    assertEquals(0, harbor.db().times("sealEvidence reads"));
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void oneThatNeedNotHoldYetStopsNothingButMustBeCheckableBeforeTheBackfill() {
    harbor.db().reports.add(early(InvariantState.NOT_CHECKED));
    harbor.db().reports.add(early(InvariantState.VIOLATED));
    MigrationWorkflow migration = harbor.start(copy().ungated().build());
    assertEquals(UNKNOWN, harbor.awaitState(migration, State.PARKED).reason());
    migration.retry(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void whatPeopleWereShownMustStillHoldWhenTheyHaveAnswered() {
    MigrationWorkflow migration = harbor.start(copy().build());
    harbor.awaitGate(migration, Gate.READS);
    harbor.db().reports.add(report(InvariantState.VIOLATED));
    migration.approve(Harbor.approval(Gate.READS, "bob"));
    assertEquals(VIOLATED, harbor.awaitState(migration, State.PAUSED).reason());
    migration.resume(null);
    MigrationStatus again = harbor.awaitGate(migration, Gate.READS);
    assertEquals(0, again.waitingFor() == null ? -1 : again.waitingFor().have());
    assertEquals(2, harbor.db().times("sealEvidence reads"));
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void theyAreCheckedFromTimeToTimeInTheStabilityWindow() {
    MigrationWorkflow migration = stable(copy());
    harbor.env().sleep(Duration.ofHours(2));
    long looks = harbor.db().times("checkInvariants due");
    assertTrue(looks >= 11 && looks <= 14, looks + " looks in two hours, one every ten minutes");
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void oneThatIsViolatedMeanwhilePausesAndIsCheckedOnAfterwards() {
    MigrationWorkflow migration = stable(copy());
    harbor.db().dueReports.add(report(InvariantState.VIOLATED));
    harbor.env().sleep(Duration.ofMinutes(11));
    MigrationStatus paused = harbor.awaitState(migration, State.PAUSED);
    assertEquals(VIOLATED, paused.reason());
    assertEquals(Phase.STABILITY, paused.phase());
    assertEquals(InvariantState.VIOLATED, paused.invariants().get(0).state());
    assertFalse(harbor.db().open);
    long looks = harbor.db().times("checkInvariants due");
    migration.resume(null);
    harbor.awaitAsked("checkInvariants due", Math.toIntExact(looks + 1));
    assertEquals(State.RUNNING, harbor.awaitState(migration, State.RUNNING).state());
    migration.abort(null);
    assertEquals(State.ABORTED, harbor.end(migration).state());
  }

  @Test
  void oneThatIsViolatedMeanwhileAborts() {
    MigrationWorkflow migration = stable(copy().guards(aborting(1)));
    harbor.db().dueReports.add(report(InvariantState.VIOLATED));
    harbor.env().sleep(Duration.ofMinutes(11));
    MigrationStatus end = harbor.end(migration);
    assertEquals(State.ABORTED, end.state());
    assertEquals("aborted by " + VIOLATED, end.reason());
  }

  @Test
  void onTheWayBackNothingIsChecked() {
    harbor.db().hold("handBack 1");
    MigrationWorkflow migration =
        harbor.start(copy().ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    migration.rollback(null);
    harbor.awaitAsked("handBack 1");
    long looks = harbor.db().times("checkInvariants due");
    harbor.db().release("handBack 1");
    assertEquals(State.ROLLED_BACK, harbor.end(migration).state());
    assertEquals(looks, harbor.db().times("checkInvariants due"));
  }

  @Test
  void aHistoryWithChecksReplays() throws Exception {
    harbor.db().dueReports.add(report(InvariantState.VIOLATED));
    MigrationWorkflow migration = harbor.start(copy().ungated().build());
    harbor.awaitState(migration, State.PAUSED);
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    Harbor.replay(harbor.history(MigrationWorkflow.idOf("orders-split")));
    Harbor.replay(harbor.history(InvariantWorkflow.idOf("orders-split")));
  }

  static InvariantReport report(InvariantState state) {
    return report(state, true);
  }

  private static InvariantReport early(InvariantState state) {
    return report(state, false);
  }

  private static InvariantReport report(InvariantState state, boolean required) {
    boolean violated = state == InvariantState.VIOLATED;
    return new InvariantReport(
        List.of(
            new InvariantResult(
                INVARIANT.name(),
                state,
                required,
                violated ? Long.valueOf(2) : null,
                violated ? List.of("7", "9") : List.of(),
                state == InvariantState.NOT_CHECKED ? "it took longer than 10s" : null,
                "2026-01-01T00:00:00Z")));
  }

  /** In its stability window, and checked once beside the walk. */
  private MigrationWorkflow stable(Plans plans) {
    MigrationWorkflow migration =
        harbor.start(plans.ungated().stability(Duration.ofHours(10)).build());
    harbor.awaitPhase(migration, Phase.STABILITY);
    harbor.awaitAsked("checkInvariants due");
    return migration;
  }

  private long checks() {
    return harbor.db().times("checkInvariants");
  }

  private static Plans copy() {
    return Plans.copy().stability(Duration.ZERO).invariants(INVARIANT);
  }

  private static Guards aborting(int bound) {
    return new Guards(List.of(), List.of(), List.of(new Limit(Signal.INVARIANT, bound)));
  }
}
