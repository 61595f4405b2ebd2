package dev.kedge.workflow;

import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Workflow;
import java.util.Map;
import java.util.TreeMap;

/**
 * Starts child workflows under ids that people can read: the first one under its plain id, each
 * later one with a number behind it. No id is used twice by one run: the in-memory server lets a
 * run cancel an id only once.
 */
final class Children {
  private final Map<String, Integer> started = new TreeMap<>();

  /**
   * Runs a child to its end. When a child of an earlier run still has the id (not every server ends
   * children with their parent), the next id is taken: the fence ends the other one.
   */
  <T> void run(Class<T> type, String id, String summary, Functions.Proc1<T> body) {
    while (true) {
      try {
        body.apply(Workflow.newChildWorkflowStub(type, options(next(id), summary)));
        return;
      } catch (ChildWorkflowFailure failure) {
        if (!(failure.getCause() instanceof WorkflowExecutionAlreadyStarted)) {
          throw failure;
        }
      }
    }
  }

  private String next(String id) {
    int number = started.merge(id, 1, Integer::sum);
    return number == 1 ? id : id + "." + number;
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
