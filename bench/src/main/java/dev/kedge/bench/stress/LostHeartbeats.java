package dev.kedge.bench.stress;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.api.workflowservice.v1.RespondActivityTaskCanceledByIdRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import java.time.Duration;

/**
 * Does what a real Temporal server does and the in-memory one does not: an activity that was asked
 * to cancel, and whose worker was killed before it heard of it, is given up when its heartbeat is
 * overdue. Otherwise its workflow would wait for ever.
 */
final class LostHeartbeats {
  /** The heartbeat timeout of activities that have one, and some. */
  private static final Duration OVERDUE = Duration.ofSeconds(35);

  /** The longest that one without may take. */
  private static final Duration LONGEST = Duration.ofSeconds(130);

  private final WorkflowClient client;

  LostHeartbeats(WorkflowClient client) {
    this.client = client;
  }

  /** Looks at a workflow and its children. */
  void giveUp(String workflow) {
    try {
      DescribeWorkflowExecutionResponse found =
          client.newUntypedWorkflowStub(workflow).describe().getRawDescription();
      found.getPendingActivitiesList().forEach(activity -> look(workflow, activity));
      found.getPendingChildrenList().forEach(child -> giveUp(child.getWorkflowId()));
    } catch (WorkflowException | StatusRuntimeException e) {
      // It is not there yet, or not any more.
      return;
    }
  }

  private void look(String workflow, PendingActivityInfo activity) {
    if (activity.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
        && overdue(activity)) {
      client
          .getWorkflowServiceStubs()
          .blockingStub()
          .respondActivityTaskCanceledById(
              RespondActivityTaskCanceledByIdRequest.newBuilder()
                  .setNamespace(client.getOptions().getNamespace())
                  .setWorkflowId(workflow)
                  .setActivityId(activity.getActivityId())
                  .setIdentity("lost heartbeat")
                  .build());
    }
  }

  private static boolean overdue(PendingActivityInfo activity) {
    return activity.hasLastHeartbeatTime()
        ? age(activity.getLastHeartbeatTime()).compareTo(OVERDUE) > 0
        : age(activity.getLastStartedTime()).compareTo(LONGEST) > 0;
  }

  private static Duration age(Timestamp time) {
    return Duration.ofMillis(System.currentTimeMillis() - Timestamps.toMillis(time));
  }
}
