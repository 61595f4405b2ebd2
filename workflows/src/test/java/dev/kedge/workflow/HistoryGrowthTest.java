package dev.kedge.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How fast histories grow: with time and not with rows, and never past what a server takes. */
final class HistoryGrowthTest {
  private static final int LANES = 4;

  /** A server warns at so many and ends a workflow at five times as many. */
  private static final int LONGEST = 10_000;

  /** With so many it suggests to continue as new. */
  private static final int SUGGESTED = 4_096;

  @RegisterExtension final Harbor harbor = new Harbor(TailWorkflowImpl.class);

  @BeforeEach
  void turnsTakeTheirTime() {
    harbor.db().turnsLast = true;
  }

  @Test
  void fourLanesATailAndReadingsTakeFewEventsAnHour() {
    backfillLasting(Duration.ofHours(20));
    WorkflowExecution first = execution(harbor.start(plan(LANES)));
    harbor.env().sleep(Duration.ofHours(12));
    List<List<HistoryEvent>> runs = family(first);
    long began = millis(ofType("BackfillWorkflow", runs).get(0).get(0));
    List<HistoryEvent> events = runs.stream().flatMap(List::stream).toList();
    for (int hour = 0; hour < 12; hour++) {
      long from = began + Duration.ofHours(hour).toMillis();
      long to = from + Duration.ofHours(1).toMillis();
      long number =
          events.stream().filter(event -> millis(event) >= from && millis(event) < to).count();
      assertTrue(number <= 250, number + " events in hour " + hour);
      assertTrue(number >= LANES * 4 * 3, "only " + number + " events: is anything going on?");
    }
  }

  @Test
  @Timeout(120)
  void aBackfillOfDaysGoesOnInAnotherRun() {
    backfillLasting(Duration.ofHours(75));
    // A turn that runs at the moment at which its tail is called off: its answer finds the tail's
    // workflow closed, and the in-memory server then skips no time any more.
    harbor.db().tailTurns = Duration.ofHours(90);
    MigrationWorkflow migration = harbor.start(plan(1));
    WorkflowExecution first = execution(migration);
    harbor.env().sleep(Duration.ofHours(80));
    assertEquals(State.COMPLETED, harbor.end(migration).state());
    List<List<HistoryEvent>> runs = family(first);
    assertTrue(runs.stream().allMatch(run -> run.size() <= LONGEST));
    List<List<HistoryEvent>> migrations = ofType("MigrationWorkflow", runs);
    assertEquals(2, migrations.size());
    // Between phases it continues as new, too: then it would have all of the backfill's readings.
    int size = migrations.get(0).size();
    assertTrue(size <= SUGGESTED + 200, size + " events");
    assertEquals(1, harbor.db().times("register"));
    assertEquals(1, harbor.db().times("installCapture 1"));
    // One hour has the end of the first run and the beginning of the next: no hurry in that.
    long readings = readingsOfTheFirstHour(migrations.get(1));
    assertTrue(readings > 0 && readings <= 6, readings + " readings");
  }

  private static long readingsOfTheFirstHour(List<HistoryEvent> run) {
    long until = millis(run.get(0)) + Duration.ofHours(1).toMillis();
    return run.stream()
        .filter(event -> millis(event) < until && event.hasActivityTaskScheduledEventAttributes())
        .map(event -> event.getActivityTaskScheduledEventAttributes().getActivityType().getName())
        .filter("ReadProgress"::equals)
        .count();
  }

  @Test
  void aGateThatWaitsForDaysIsWatchedByOneRunAfterAnother() {
    harbor.db().turnsLast = false;
    MigrationWorkflow migration = harbor.start(Plans.inPlace().build());
    WorkflowExecution first = execution(migration);
    harbor.awaitGate(migration, Gate.READS);
    harbor.env().sleep(Duration.ofDays(4));
    List<List<HistoryEvent>> runs = family(first);
    // Every quarter of an hour for two days and more, then rarely.
    long looks = harbor.db().times("look reads");
    assertTrue(looks > 4 * 24 * 2 && looks < 4 * 24 * 3, looks + " looks");
    assertEquals(2, ofType("VigilWorkflow", runs).size());
    assertTrue(runs.stream().allMatch(run -> run.size() <= SUGGESTED + 200));
    int parent = ofType("MigrationWorkflow", runs).get(0).size();
    assertTrue(parent <= 200, parent + " events");
    assertEquals("sha256:2", String.valueOf(migration.status().waitingFor().evidence()));
  }

  private static Plan plan(int lanes) {
    return Plans.copy().lanes(lanes).ungated().stability(Duration.ZERO).build();
  }

  private void backfillLasting(Duration length) {
    int turns = (int) length.dividedBy(Duration.ofMinutes(15));
    for (int lane = 1; lane <= LANES; lane++) {
      harbor.db().lane(lane, Collections.nCopies(turns, Outcome.BUDGET).toArray(Outcome[]::new));
    }
  }

  /** Every run of a workflow and of its children, whose children included. */
  private List<List<HistoryEvent>> family(WorkflowExecution first) {
    List<List<HistoryEvent>> runs = new ArrayList<>();
    Deque<WorkflowExecution> left = new ArrayDeque<>(List.of(first));
    while (!left.isEmpty()) {
      WorkflowExecution next = left.pop();
      List<HistoryEvent> events =
          harbor
              .env()
              .getWorkflowClient()
              .fetchHistory(next.getWorkflowId(), next.getRunId())
              .getEvents();
      runs.add(events);
      for (HistoryEvent event : events) {
        if (event.hasChildWorkflowExecutionStartedEventAttributes()) {
          left.add(event.getChildWorkflowExecutionStartedEventAttributes().getWorkflowExecution());
        }
        if (event.hasWorkflowExecutionContinuedAsNewEventAttributes()) {
          left.add(
              next.toBuilder()
                  .setRunId(
                      event
                          .getWorkflowExecutionContinuedAsNewEventAttributes()
                          .getNewExecutionRunId())
                  .build());
        }
      }
    }
    return runs;
  }

  private static List<List<HistoryEvent>> ofType(String type, List<List<HistoryEvent>> runs) {
    return runs.stream()
        .filter(
            run ->
                run.get(0)
                    .getWorkflowExecutionStartedEventAttributes()
                    .getWorkflowType()
                    .getName()
                    .equals(type))
        .toList();
  }

  private static WorkflowExecution execution(MigrationWorkflow migration) {
    return WorkflowStub.fromTyped(migration).getExecution();
  }

  private static long millis(HistoryEvent event) {
    return event.getEventTime().getSeconds() * 1_000 + event.getEventTime().getNanos() / 1_000_000;
  }
}
