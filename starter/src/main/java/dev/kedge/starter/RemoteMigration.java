package dev.kedge.starter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.TaskQueues;
import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import dev.kedge.plan.Plan;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.Verdict;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/** A migration as it is reached through Temporal. Every question is answered in bounded time. */
final class RemoteMigration {
  /** A signal is handled in milliseconds when anybody is there to handle it. */
  private static final Duration VERDICT = Duration.ofSeconds(15);

  private final Session session;
  private final String name;

  RemoteMigration(Session session, String name) {
    this.session = session;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** What is going on, live figures included. */
  MigrationStatus status() {
    DescribeWorkflowExecutionResponse execution = describe();
    WorkflowExecutionStatus status = execution.getWorkflowExecutionInfo().getStatus();
    if (status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) {
      requireWorker();
      MigrationStatus told = asked(() -> stub().query("status", MigrationStatus.class));
      return new LiveFigures(session, execution).over(told);
    }
    if (status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED) {
      return stub().getResult(MigrationStatus.class);
    }
    throw cutOff(status);
  }

  // A question that nobody is there to answer would only time out.
  private void requireWorker() {
    if (!session.connection().embedded()) {
      Workers.require(session, TaskQueues.WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW);
    }
  }

  /** The plan it runs. */
  Plan plan() {
    describe();
    return asked(() -> stub().query("plan", Plan.class));
  }

  /** Whether Temporal runs it now. */
  boolean running() {
    try {
      return stub().describe().getStatus()
          == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
    } catch (WorkflowNotFoundException e) {
      return false;
    }
  }

  /** Sends a signal and waits for what became of it. */
  Verdict send(String signal, ObjectNode message) {
    try {
      stub().signal(signal, message);
    } catch (WorkflowNotFoundException e) {
      throw over();
    }
    String requestId = message.path("requestId").asText();
    try {
      return Bounded.call(
          VERDICT,
          () -> stub().update("verdictOf", Verdict.class, requestId),
          () -> silent(signal));
    } catch (WorkflowException ended) {
      // It ended with the signal: the verdict is in what it left.
      return lastVerdict(signal, ended);
    }
  }

  /** Pauses, and returns when nothing of Kedge can commit any more. */
  MigrationStatus pause(ObjectNode message, Duration limit) {
    describe();
    try {
      return Bounded.call(
          limit,
          () -> stub().update("pauseAndWait", MigrationStatus.class, message),
          () -> silent("pause"));
    } catch (WorkflowNotFoundException e) {
      throw over();
    }
  }

  private Verdict lastVerdict(String signal, WorkflowException ended) {
    if (running()) {
      throw ended;
    }
    return status().verdicts().stream()
        .filter(verdict -> verdict.signal().equals(signal))
        .reduce((earlier, later) -> later)
        .orElseThrow(this::over);
  }

  private WorkflowStub stub() {
    return session.client().newUntypedWorkflowStub(MigrationWorkflow.idOf(name));
  }

  private DescribeWorkflowExecutionResponse describe() {
    try {
      return stub().describe().getRawDescription();
    } catch (WorkflowNotFoundException e) {
      throw Problem.usage(
          "KD3004",
          "no migration named \""
              + name
              + "\" is known to Temporal at "
              + session.connection().address()
              + ", namespace "
              + session.connection().namespace(),
          "see `kedge list`; if Temporal lost its state, `kedge start SPEC` takes the migration up"
              + " from the ledger in the database");
    }
  }

  private <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (WorkflowException e) {
      throw unanswered(e);
    }
  }

  private RuntimeException unanswered(WorkflowException error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof StatusRuntimeException status && silence(status.getStatus().getCode())) {
        return silent();
      }
    }
    return error;
  }

  private static boolean silence(Status.Code code) {
    return code == Status.Code.DEADLINE_EXCEEDED || code == Status.Code.FAILED_PRECONDITION;
  }

  private Problem silent() {
    boolean polled =
        session
            .polled(TaskQueues.WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
            .orElse(session.connection().embedded());
    return polled
        ? Problem.unreachable(
            "KD5006",
            "no worker answered about " + name + "; the migration itself is not affected",
            "is a worker with role workflow running, and not overloaded?")
        : Workers.none(TaskQueues.WORKFLOW);
  }

  private Problem silent(String signal) {
    return new Problem(
        "KD6002",
        ExitCode.TIMED_OUT,
        signal + " was sent to " + name + ", and no worker has answered yet",
        "it will be handled when a worker is back; look with `kedge status " + name + "`");
  }

  private Problem over() {
    return Problem.failed(
        "KD3005",
        "the migration " + name + " is over, or was never started",
        "see `kedge status " + name + "`");
  }

  private Problem cutOff(WorkflowExecutionStatus status) {
    String how = status.name().replace("WORKFLOW_EXECUTION_STATUS_", "").toLowerCase(Locale.ROOT);
    return new Problem(
        "KD3006",
        ExitCode.STOPPED,
        "the workflow of " + name + " was ended from outside (" + how + ")",
        "its triggers and ledger are still in the database: `kedge start SPEC` takes them up,"
            + " then `kedge abort` or `kedge rollback` ends it in order");
  }
}
