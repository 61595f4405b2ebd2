package dev.kedge.starter;

import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.workflow.BackfillWorkflow;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.TailWorkflow;
import io.temporal.api.common.v1.Payload;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.api.workflow.v1.PendingChildExecutionInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.common.converter.DataConverterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What lanes, tails and compares said in their latest heartbeats, laid over the status that the
 * workflow tells: it hears only of changes of state.
 */
final class LiveFigures {
  private final Session session;
  private final DescribeWorkflowExecutionResponse migration;

  LiveFigures(Session session, DescribeWorkflowExecutionResponse migration) {
    this.session = session;
    this.migration = migration;
  }

  MigrationStatus over(MigrationStatus told) {
    if (told.state().ended()) {
      return told;
    }
    List<MoveProgress> moves = new ArrayList<>();
    for (int i = 0; i < told.moves().size(); i++) {
      moves.add(live(told.migration(), i + 1, told.moves().get(i)));
    }
    return told.with(moves, compared(told.reconciliation()), reason(told));
  }

  // What is tried again and again without success is worth knowing before it parks.
  private @Nullable String reason(MigrationStatus told) {
    if (told.reason() != null) {
      return told.reason();
    }
    return migration.getPendingActivitiesList().stream()
        .filter(activity -> activity.getAttempt() > 1 && activity.hasLastFailure())
        .map(LiveFigures::trouble)
        .findFirst()
        .orElse(null);
  }

  private static String trouble(PendingActivityInfo activity) {
    String message = activity.getLastFailure().getMessage();
    return "attempt "
        + activity.getAttempt()
        + " of "
        + activity.getActivityType().getName()
        + ": "
        + message.lines().findFirst().orElse("failed");
  }

  private MoveProgress live(String name, int move, MoveProgress told) {
    List<MoveProgress> beats = new ArrayList<>();
    List<String> children =
        List.of(BackfillWorkflow.idOf(name, move), TailWorkflow.idOf(name, move));
    for (String child : children) {
      for (PendingActivityInfo activity : pending(child)) {
        MoveProgress beat = heartbeat(activity, MoveProgress.class);
        if (beat != null) {
          beats.add(beat);
        }
      }
    }
    return live(told, beats);
  }

  /** What was told, with what beats since: what held it back then need not hold it back now. */
  static MoveProgress live(MoveProgress told, List<MoveProgress> beats) {
    MoveProgress live = told;
    String limit = null;
    for (MoveProgress beat : beats) {
      live = merge(live, beat);
      limit = or(limit, beat.throttledBy());
    }
    return beats.isEmpty() ? told : live.throttledBy(limit);
  }

  private List<PendingActivityInfo> pending(String child) {
    // A child that was started again has a number behind its id.
    Optional<String> running =
        migration.getPendingChildrenList().stream()
            .map(PendingChildExecutionInfo::getWorkflowId)
            .filter(id -> id.equals(child) || id.startsWith(child + "."))
            .findFirst();
    if (running.isEmpty()) {
      return List.of();
    }
    try {
      return session
          .client()
          .newUntypedWorkflowStub(running.get())
          .describe()
          .getRawDescription()
          .getPendingActivitiesList();
    } catch (WorkflowNotFoundException e) {
      return List.of();
    }
  }

  /** Figures only grow; of two rates the one that was measured further on is the newer. */
  static MoveProgress merge(MoveProgress a, MoveProgress b) {
    boolean later = rows(b) >= rows(a);
    MoveProgress newer = later ? b : a;
    MoveProgress older = later ? a : b;
    // A rate and the ends it leads to belong together: of one that stands still there is no end.
    MoveProgress paced = newer.rowsPerSecond() == null ? older : newer;
    return new MoveProgress(
        a.from(),
        a.to(),
        or(newer.rowsDone(), older.rowsDone()),
        or(newer.rowsTotal(), older.rowsTotal()),
        paced.rowsPerSecond(),
        paced.etaSeconds(),
        or(newer.lanes(), older.lanes()),
        or(newer.chunkRows(), older.chunkRows()),
        or(a.startedAt(), b.startedAt()),
        or(a.finishedAt(), b.finishedAt()),
        or(b.capturedKeys(), a.capturedKeys()),
        or(b.throttledBy(), a.throttledBy()),
        or(newer.chunkMillis(), older.chunkMillis()),
        paced.etaLowSeconds(),
        paced.etaHighSeconds(),
        or(b.following(), a.following()),
        or(b.quarantine(), a.quarantine()),
        or(b.longestRound(), a.longestRound()));
  }

  private static long rows(MoveProgress progress) {
    return progress.rowsDone() == null ? -1 : progress.rowsDone();
  }

  private static <T> @Nullable T or(@Nullable T first, @Nullable T second) {
    return first != null ? first : second;
  }

  private MigrationStatus.Reconciliation compared(MigrationStatus.Reconciliation told) {
    for (PendingActivityInfo activity : migration.getPendingActivitiesList()) {
      if (activity.getActivityType().getName().equals("CompareMove")) {
        Comparison beat = heartbeat(activity, Comparison.class);
        if (beat != null) {
          return new MigrationStatus.Reconciliation(beat.comparedRows(), beat.unproven(), null);
        }
      }
    }
    return told;
  }

  private static <T> @Nullable T heartbeat(PendingActivityInfo activity, Class<T> type) {
    if (activity.getHeartbeatDetails().getPayloadsCount() == 0) {
      return null;
    }
    Payload payload = activity.getHeartbeatDetails().getPayloads(0);
    try {
      return Optional.ofNullable(Payloads.converter().fromPayload(payload, type, type))
          .orElse(null);
    } catch (DataConverterException e) {
      // Another kind of heartbeat, or one of another version: it is only a display.
      return null;
    }
  }
}
