package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Plan;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lanes, and tails, by themselves and as the walk tunes them. */
final class BackfillWorkflowTest {
  @RegisterExtension final Harbor harbor = new Harbor(TailWorkflowImpl.class);

  @Test
  void everyLaneTakesTurnsUntilAllIsDone() {
    open();
    harbor.db().lane(1, Outcome.BUDGET, Outcome.NOTHING_TO_CLAIM, Outcome.NOTHING_TO_CLAIM);
    harbor.db().lane(2, Outcome.BUDGET, Outcome.BUDGET, Outcome.NOTHING_TO_CLAIM);
    run(3);
    assertEquals(1, harbor.db().times("fillRanges 1 lane 3"));
    assertTrue(harbor.db().times("fillRanges 1 lane 1") >= 1);
  }

  @Test
  void whoFindsNothingWaitsLongerAndLonger() {
    open();
    Outcome[] nothing = new Outcome[20];
    Arrays.fill(nothing, Outcome.NOTHING_TO_CLAIM);
    harbor.db().lane(1, nothing);
    long before = harbor.env().currentTimeMillis();
    run(1);
    Duration waited = Duration.ofMillis(harbor.env().currentTimeMillis() - before);
    assertTrue(waited.compareTo(Duration.ofMinutes(8)) > 0, "waited " + waited);
  }

  @Test
  void aFencedLaneEndsItWithThatName() {
    WorkflowFailedException failure = assertThrows(WorkflowFailedException.class, () -> run(2));
    assertEquals(Failures.FENCED, typeOf(failure));
  }

  @Test
  void aFailedLaneEndsItAtOnce() {
    open();
    harbor.db().hold("fillRanges 1 lane 2");
    harbor.db().failOnce("fillRanges 1 lane 1", () -> Failures.badData("key 7"));
    WorkflowFailedException failure = assertThrows(WorkflowFailedException.class, () -> run(2));
    assertEquals(Failures.BAD_DATA, typeOf(failure));
    harbor.db().release("fillRanges 1 lane 2");
  }

  @Test
  void continuesAsNewBeforeItsHistoryIsTooLong() {
    open();
    Outcome[] turns = new Outcome[150];
    Arrays.fill(turns, Outcome.BUDGET);
    for (int lane = 1; lane <= 8; lane++) {
      harbor.db().lane(lane, turns);
    }
    run(8);
    String first = harbor.history("backfill").getEvents().get(0).toString();
    assertTrue(first.contains("continued_execution_run_id"), "one run did it all");
    int total = harbor.db().asked.size();
    assertTrue(total >= 8 * 100, "only " + total + " turns");
  }

  @Test
  void aTailTakesTurnAfterTurnUntilItIsFenced() {
    open();
    harbor.db().hold("followTail 1");
    TailWorkflow tail = harbor.stub(TailWorkflow.class, "tail");
    WorkflowClient.start(tail::follow, scope());
    harbor.awaitAsked("followTail 1");
    harbor.db().release("followTail 1");
    harbor.awaitAsked("followTail 1", 5);
    harbor.db().open = false;
    WorkflowFailedException failure =
        assertThrows(
            WorkflowFailedException.class,
            () -> WorkflowStub.fromTyped(tail).getResult(Void.class));
    assertEquals(Failures.FENCED, typeOf(failure));
  }

  @Test
  void tuneBeginsTheLanesAgain() {
    Plan plan = Plans.inPlace().ungated().stability(Duration.ZERO).build();
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration = harbor.start(plan);
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.tune(Harbor.json("chunk", "20ms", "by", "bob").put("lanes", 4));
    harbor.awaitAsked("fillRanges 1 lane 4");
    assertEquals(
        "from now on 4 lanes and chunks of 20ms", Harbor.verdict(migration.status()).message());
    assertEquals(20L, harbor.db().tunings.peek().chunkMillis());
    assertEquals(4, harbor.db().tunings.peek().lanes());
    assertEquals(1, harbor.db().epoch.get());
    harbor.db().release("fillRanges 1 lane 1");
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aChunkOrARateIsToldWithoutBeginningTheLanesAgain() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.tune(Harbor.json("chunk", "20ms"));
    harbor.awaitAsked("tune");
    migration.tune(Harbor.json().put("maxRate", 5000));
    harbor.awaitAsked("tune", 2);
    assertEquals("from now on at most 5000 rows/s", Harbor.verdict(migration.status()).message());
    migration.tune(Harbor.json("maxRate", "none"));
    harbor.awaitAsked("tune", 3);
    assertEquals("from now on no bound on the rate", Harbor.verdict(migration.status()).message());
    assertEquals(
        Arrays.asList(null, 5000L, 0L),
        harbor.db().tunings.stream().map(TuneRequest::maxRate).toList());
    assertEquals(1, harbor.db().times("fillRanges 1 lane 1"));
    migration.tune(Harbor.json().put("lanes", 3));
    harbor.awaitAsked("fillRanges 1 lane 3");
    TuneRequest last = harbor.db().tunings.stream().reduce((a, b) -> b).orElseThrow();
    assertEquals(3, last.lanes());
    assertEquals(20L, last.chunkMillis());
    harbor.db().release("fillRanges 1 lane 1");
    assertEquals(State.COMPLETED, harbor.end(migration).state());
  }

  @Test
  void aPaceThatComesWhileAnotherIsToldIsNotLost() {
    harbor.db().hold("fillRanges 1 lane 1");
    harbor.db().hold("tune");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.tune(Harbor.json("chunk", "20ms"));
    harbor.awaitAsked("tune");
    migration.tune(Harbor.json("chunk", "30ms"));
    harbor.db().release("tune");
    harbor.awaitAsked("tune", 2);
    harbor.db().release("fillRanges 1 lane 1");
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(
        List.of(20L, 30L), harbor.db().tunings.stream().map(TuneRequest::chunkMillis).toList());
  }

  @Test
  void aPaceTunedWhilePausedHoldsWhenItGoesOn() {
    harbor.db().hold("fillRanges 1 lane 1");
    MigrationWorkflow migration =
        harbor.start(Plans.inPlace().ungated().stability(Duration.ZERO).build());
    harbor.awaitAsked("fillRanges 1 lane 1");
    migration.pauseAndWait(null);
    migration.tune(Harbor.json().put("lanes", 3));
    harbor.db().release("fillRanges 1 lane 1");
    migration.resume(null);
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    assertEquals(1, harbor.db().times("fillRanges 1 lane 3"));
  }

  private void open() {
    harbor.db().open = true;
    harbor.db().epoch.set(1);
  }

  private void run(int lanes) {
    harbor
        .stub(BackfillWorkflow.class, "backfill")
        .backfill(new BackfillWorkflow.Input(scope(), lanes));
  }

  private static MoveScope scope() {
    return new MoveScope(new Scope("orders-split", "app", 1), Plans.copy().build().move(1));
  }

  private static String typeOf(WorkflowFailedException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ApplicationFailure application) {
        return application.getType();
      }
    }
    return "";
  }
}
