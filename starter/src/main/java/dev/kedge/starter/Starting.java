package dev.kedge.starter;

import dev.kedge.activity.TaskQueues;
import dev.kedge.console.Problem;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.PlanText;
import dev.kedge.workflow.MigrationInput;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.BatchRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributes;

/** Starts the workflow of a migration. */
public final class Starting {
  private static final SearchAttributeKey<String> PHASE =
      SearchAttributeKey.forKeyword("KedgePhase");
  private static final SearchAttributeKey<String> STATE =
      SearchAttributeKey.forKeyword("KedgeState");
  private static final SearchAttributeKey<String> OWNER =
      SearchAttributeKey.forKeyword("KedgeOwner");

  /** The server takes 20,000 bytes. */
  private static final int DETAILS = 4_000;

  private final WorkflowClient client;

  Starting(Session session) {
    this(session.client());
  }

  public Starting(WorkflowClient client) {
    this.client = client;
  }

  /**
   * Starts {@code plan}. Search attributes are tried with, since no call says cheaply whether the
   * namespace has them, and done without where it has not. Fails with a {@link Problem} when the
   * migration runs already.
   */
  public void start(Plan plan, String startedBy) {
    try {
      start(plan, startedBy, true);
    } catch (WorkflowException e) {
      if (!lacksAttributes(e)) {
        throw e;
      }
      start(plan, startedBy, false);
    }
  }

  /**
   * Starts {@code plan} paused: the pause is there before the first step, so that nothing is
   * written until somebody resumes.
   */
  public void startPaused(Plan plan, String startedBy, String reason) {
    boolean attributes = true;
    MigrationWorkflow workflow =
        client.newWorkflowStub(MigrationWorkflow.class, options(plan, attributes));
    BatchRequest both = client.newSignalWithStartRequest();
    both.add(workflow::migrate, new MigrationInput(plan, startedBy, attributes));
    both.add(workflow::pause, Letter.from("kedge dev").with("reason", reason).json());
    client.signalWithStart(both);
  }

  private void start(Plan plan, String startedBy, boolean attributes) {
    String name = plan.spec().migration();
    MigrationWorkflow workflow =
        client.newWorkflowStub(MigrationWorkflow.class, options(plan, attributes));
    try {
      WorkflowClient.start(workflow::migrate, new MigrationInput(plan, startedBy, attributes));
    } catch (WorkflowExecutionAlreadyStarted e) {
      throw alreadyRuns(name);
    }
  }

  private static WorkflowOptions options(Plan plan, boolean attributes) {
    WorkflowOptions.Builder options =
        WorkflowOptions.newBuilder()
            .setWorkflowId(MigrationWorkflow.idOf(plan.spec().migration()))
            .setTaskQueue(TaskQueues.WORKFLOW)
            // An aborted or rolled back migration may be started again under its name.
            .setWorkflowIdReusePolicy(
                WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
            .setWorkflowIdConflictPolicy(WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_FAIL)
            .setStaticSummary(summary(plan))
            .setStaticDetails(details(plan));
    if (attributes) {
      options.setTypedSearchAttributes(attributes(plan));
    }
    return options.build();
  }

  private static SearchAttributes attributes(Plan plan) {
    String owner = plan.spec().owner();
    return SearchAttributes.newBuilder()
        .set(PHASE, Phase.PLAN.label())
        .set(STATE, State.RUNNING.label())
        .set(OWNER, owner == null ? "" : owner)
        .build();
  }

  private static String summary(Plan plan) {
    String text =
        plan.spec().migration()
            + " on "
            + plan.spec().database()
            + ": "
            + plan.moves().size()
            + (plan.moves().size() == 1 ? " move" : " moves");
    return text.length() <= 200 ? text : text.substring(0, 200);
  }

  private static String details(Plan plan) {
    String outline = PlanText.outline(plan);
    return outline.length() <= DETAILS ? outline : outline.substring(0, DETAILS) + "…";
  }

  private static boolean lacksAttributes(WorkflowException error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof StatusRuntimeException status) {
        return status.getStatus().getCode() == Status.Code.INVALID_ARGUMENT;
      }
    }
    return false;
  }

  /** Fails when it runs already: sooner, and clearer, than the refusal of a new plan would be. */
  static void requireNotRunning(RemoteMigration migration) {
    if (migration.running()) {
      throw alreadyRuns(migration.name());
    }
  }

  private static Problem alreadyRuns(String name) {
    return Problem.usage(
        "KD3001",
        "the migration " + name + " is running already",
        "look at it with `kedge status "
            + name
            + "`; to begin anew, `kedge abort` or `kedge"
            + " rollback` it first");
  }
}
