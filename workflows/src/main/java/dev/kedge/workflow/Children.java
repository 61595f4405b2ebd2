package dev.kedge.workflow;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.CancelExternalWorkflowException;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/** Starts child workflows under ids that people can read. */
final class Children {
  /** How long a child of an earlier run is given to see that its epoch is over. */
  private static final Duration CLEARING = Duration.ofSeconds(5);

  private Children() {}

  /**
   * Runs a child to its end. When a child of an earlier run still has the id (not every server ends
   * children with their parent), it is cancelled and waited for: the fence keeps it harmless.
   */
  static <T> void run(Class<T> type, String id, String summary, Functions.Proc1<T> body) {
    while (true) {
      try {
        body.apply(Workflow.newChildWorkflowStub(type, options(id, summary)));
        return;
      } catch (ChildWorkflowFailure failure) {
        if (!(failure.getCause() instanceof WorkflowExecutionAlreadyStarted)) {
          throw failure;
        }
        clear(id);
      }
    }
  }

  private static void clear(String id) {
    try {
      Workflow.newUntypedExternalWorkflowStub(id).cancel();
    } catch (CancelExternalWorkflowException gone) {
      Workflow.getLogger(Children.class).info("{} ended meanwhile", id);
    }
    Workflow.sleep(CLEARING);
  }

  private static ChildWorkflowOptions options(String id, String summary) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setStaticSummary(summary)
        // A courtesy of servers that have it; nothing here relies on it.
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .build();
  }
}
