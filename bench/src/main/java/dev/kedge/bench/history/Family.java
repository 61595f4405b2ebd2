package dev.kedge.bench.history;

import com.google.protobuf.util.Timestamps;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Every run of a workflow and of its children.
 *
 * @param runs the events of each
 */
public record Family(List<List<HistoryEvent>> runs) {
  public Family {
    runs = List.copyOf(runs);
  }

  /** Reads all that came of a workflow's first run. */
  public static Family of(WorkflowClient client, WorkflowExecution first) {
    List<List<HistoryEvent>> runs = new ArrayList<>();
    Deque<WorkflowExecution> left = new ArrayDeque<>(List.of(first));
    while (!left.isEmpty()) {
      WorkflowExecution next = left.pop();
      List<HistoryEvent> events =
          client.fetchHistory(next.getWorkflowId(), next.getRunId()).getEvents();
      runs.add(events);
      events.forEach(event -> begun(next, event).ifPresent(left::add));
    }
    return new Family(runs);
  }

  // A child, or the run that goes on.
  private static Optional<WorkflowExecution> begun(WorkflowExecution by, HistoryEvent event) {
    if (event.hasChildWorkflowExecutionStartedEventAttributes()) {
      return Optional.of(
          event.getChildWorkflowExecutionStartedEventAttributes().getWorkflowExecution());
    }
    if (event.hasWorkflowExecutionContinuedAsNewEventAttributes()) {
      String run = event.getWorkflowExecutionContinuedAsNewEventAttributes().getNewExecutionRunId();
      return Optional.of(by.toBuilder().setRunId(run).build());
    }
    return Optional.empty();
  }

  /** Events of the longest run. */
  public int longest() {
    return runs.stream().mapToInt(List::size).max().orElse(0);
  }

  /** Events in each of so many hours from a moment on. */
  public List<Double> hourly(long fromMillis, int hours) {
    double[] numbers = new double[hours];
    for (List<HistoryEvent> run : runs) {
      for (HistoryEvent event : run) {
        long hour = hourOf(event, fromMillis);
        if (hour >= 0 && hour < hours) {
          numbers[(int) hour]++;
        }
      }
    }
    return java.util.Arrays.stream(numbers).boxed().toList();
  }

  /** What the events of one of these hours are, by workflow and type, and how many of each. */
  public Map<String, Integer> of(long fromMillis, int hour) {
    Map<String, Integer> types = new TreeMap<>();
    for (List<HistoryEvent> run : runs) {
      String workflow = type(run);
      for (HistoryEvent event : run) {
        if (hourOf(event, fromMillis) == hour) {
          String type = event.getEventType().name().replaceFirst("^EVENT_TYPE_", "");
          types.merge(workflow + " " + type.toLowerCase(Locale.ROOT), 1, Integer::sum);
        }
      }
    }
    return types;
  }

  private static long hourOf(HistoryEvent event, long fromMillis) {
    return Math.floorDiv(millis(event) - fromMillis, Duration.ofHours(1).toMillis());
  }

  private static String type(List<HistoryEvent> run) {
    return run.get(0).getWorkflowExecutionStartedEventAttributes().getWorkflowType().getName();
  }

  /** When the first run of a workflow of that type began. */
  public long beganMillis(String type) {
    return runs.stream()
        .filter(run -> type(run).equals(type))
        .mapToLong(run -> millis(run.get(0)))
        .min()
        .orElseThrow();
  }

  private static long millis(HistoryEvent event) {
    return Timestamps.toMillis(event.getEventTime());
  }
}
