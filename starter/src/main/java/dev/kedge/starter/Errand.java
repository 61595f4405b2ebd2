package dev.kedge.starter;

import dev.kedge.activity.Failures;
import dev.kedge.activity.TaskQueues;
import dev.kedge.console.ExitCode;
import dev.kedge.console.Problem;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A short workflow that asks a worker something, and what keeps the asker from waiting for ever: no
 * worker, no database, or no time left is seen and told.
 */
final class Errand {
  /** From when on silence is looked into; workers that are there answer sooner. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Whoever polls takes a workflow up in milliseconds; a list of pollers also names the dead. */
  private static final Duration UNTOUCHED_FOR = Duration.ofSeconds(7);

  /** Events of a workflow that no worker has ever looked at: started, task scheduled. */
  private static final int UNTOUCHED = 2;

  /** How the names of activities begin that read whole tables. */
  private static final String COMPARE = "Compare";

  private final Session session;
  private final String kind;
  private final String subject;

  /**
   * @param kind what is asked, in a word: plan, check, verify, list
   * @param subject what about, for the workflow's id
   */
  Errand(Session session, String kind, String subject) {
    this.session = session;
    this.kind = kind;
    this.subject = subject;
  }

  /**
   * The workflow's result. Fails with a {@link Problem} after {@code limit}, or as soon as it is
   * clear that nobody will answer.
   */
  <T> T ask(String workflowType, Duration limit, Class<T> result, Type type, Object... input) {
    if (!session.connection().embedded()) {
      Workers.require(session, TaskQueues.WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW);
    }
    WorkflowStub stub =
        session
            .client()
            .newUntypedWorkflowStub(
                workflowType,
                WorkflowOptions.newBuilder()
                    .setWorkflowId(kind + "." + subject + "." + UUID.randomUUID())
                    .setTaskQueue(TaskQueues.WORKFLOW)
                    .setWorkflowExecutionTimeout(limit.plusSeconds(5))
                    .setStaticSummary(kind + " " + subject)
                    .build());
    stub.start(input);
    CompletableFuture<T> answer = stub.getResultAsync(result, type);
    try {
      return await(stub, answer, limit);
    } catch (Problem problem) {
      if (!answer.isDone()) {
        giveUp(stub, problem);
      }
      throw problem;
    }
  }

  private <T> T await(WorkflowStub stub, CompletableFuture<T> answer, Duration limit) {
    long start = System.nanoTime();
    while (true) {
      try {
        return answer.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException silence) {
        Duration waited = Duration.ofNanos(System.nanoTime() - start);
        if (waited.compareTo(PATIENCE) > 0) {
          lookInto(stub, waited);
        }
        if (waited.compareTo(limit) > 0) {
          throw tooLate(limit);
        }
      } catch (ExecutionException e) {
        throw failed(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Problem("KD1400", ExitCode.INTERRUPTED, "interrupted", null);
      }
    }
  }

  private void lookInto(WorkflowStub stub, Duration waited) {
    DescribeWorkflowExecutionResponse now = stub.describe().getRawDescription();
    boolean untouched = now.getWorkflowExecutionInfo().getHistoryLength() <= UNTOUCHED;
    if (untouched && waited.compareTo(UNTOUCHED_FOR) > 0) {
      throw Workers.none(TaskQueues.WORKFLOW);
    }
    for (PendingActivityInfo activity : now.getPendingActivitiesList()) {
      lookInto(activity);
    }
  }

  private void lookInto(PendingActivityInfo activity) {
    var failure = activity.getLastFailure();
    if (failure.getApplicationFailureInfo().getType().equals(Failures.UNAVAILABLE)) {
      throw unreachable(failure.getMessage());
    }
    boolean untouched =
        activity.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
            && activity.getAttempt() <= 1;
    if (untouched && !session.connection().embedded()) {
      Workers.require(
          session,
          activity.getActivityType().getName().startsWith(COMPARE)
              ? TaskQueues.BACKFILL
              : TaskQueues.DDL,
          TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY);
    }
  }

  private Problem tooLate(Duration limit) {
    return new Problem(
        "KD6001",
        ExitCode.TIMED_OUT,
        "no answer to " + kind + " within " + limit.toSeconds() + " s",
        "is a worker running and not overloaded? --timeout waits longer");
  }

  private RuntimeException failed(ExecutionException error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof ApplicationFailure failure) {
        return told(failure);
      }
    }
    Throwable cause = error.getCause();
    if (cause instanceof WorkflowException) {
      return Problem.failed("KD9002", kind + " failed: " + cause.getMessage(), null);
    }
    return cause instanceof RuntimeException known ? known : new IllegalStateException(error);
  }

  /** What a worker said when it could not do what was asked. */
  static Problem told(ApplicationFailure failure) {
    String text = failure.getOriginalMessage();
    return switch (String.valueOf(failure.getType())) {
      case Failures.UNKNOWN_DATABASE -> Problem.ofText("KD2001", ExitCode.USAGE, text);
      case Failures.REFUSED -> Problem.ofText("KD2000", ExitCode.USAGE, text);
      case Failures.UNAVAILABLE -> unreachable(text);
      default -> Problem.ofText("KD9003", ExitCode.FAILED, text);
    };
  }

  private static Problem unreachable(String text) {
    Problem told = Problem.ofText("KD5004", ExitCode.UNREACHABLE, text);
    String help = "does PostgreSQL run there, and does the worker have the right URL and password?";
    return told.help() == null
        ? Problem.unreachable("KD5004", String.valueOf(told.getMessage()), help)
        : told;
  }

  private static void giveUp(WorkflowStub stub, Problem problem) {
    try {
      stub.terminate("nobody waits any more: " + problem.code());
    } catch (RuntimeException e) {
      // It ends by its own time limit then; what is told is the problem.
      problem.addSuppressed(e);
    }
  }
}
