package dev.kedge.workflow;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.TaskQueues;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A server that skips time, a worker, and a database that remembers: one for each test. */
final class Harbor implements BeforeEachCallback, AfterEachCallback {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Class<? extends TailWorkflow> tail;
  private @Nullable TestWorkflowEnvironment env;
  private @Nullable RecordingDatabase database;

  Harbor() {
    this(StandingTail.class);
  }

  Harbor(Class<? extends TailWorkflow> tail) {
    this.tail = tail;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    open();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close();
  }

  void open() {
    RecordingDatabase fresh = new RecordingDatabase();
    TestWorkflowEnvironment started = TestWorkflowEnvironment.newInstance(options());
    register(started.newWorker(TaskQueues.WORKFLOW, workerOptions()), tail);
    for (String queue : List.of(TaskQueues.DDL, TaskQueues.BACKFILL)) {
      started.newWorker(queue, workerOptions()).registerActivitiesImplementations(fresh);
    }
    started.start();
    database = fresh;
    env = started;
  }

  void close() {
    env().close();
  }

  /** Replays a history with the same workflows; fails when they decide otherwise. */
  static void replay(WorkflowExecutionHistory history) throws Exception {
    try (TestWorkflowEnvironment still = TestWorkflowEnvironment.newInstance(options())) {
      Worker worker = still.newWorker(TaskQueues.WORKFLOW, workerOptions());
      WorkflowReplayer.replayWorkflowExecution(history, register(worker, TailWorkflowImpl.class));
    }
  }

  RecordingDatabase db() {
    if (database == null) {
      throw new IllegalStateException("not open");
    }
    return database;
  }

  TestWorkflowEnvironment env() {
    if (env == null) {
      throw new IllegalStateException("not open");
    }
    return env;
  }

  /** Starts a migration; "ann" is who did. */
  MigrationWorkflow start(Plan plan) {
    return start(new MigrationInput(plan, "ann"));
  }

  MigrationWorkflow start(MigrationInput input) {
    String id = MigrationWorkflow.idOf(input.plan().spec().migration());
    MigrationWorkflow migration = stub(MigrationWorkflow.class, id);
    WorkflowClient.start(migration::migrate, input);
    return migration;
  }

  <T> T stub(Class<T> type, String id) {
    return env()
        .getWorkflowClient()
        .newWorkflowStub(
            type,
            WorkflowOptions.newBuilder()
                .setWorkflowId(id)
                .setTaskQueue(TaskQueues.WORKFLOW)
                .build());
  }

  /**
   * The final status, without skipping time: the server would skip years while it passes on the
   * cancellation of a child.
   */
  MigrationStatus end(MigrationWorkflow migration) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> migration.status().state().ended());
    return result(migration);
  }

  /** The final status or failure; time is skipped until then. */
  MigrationStatus result(MigrationWorkflow migration) {
    return WorkflowStub.fromTyped(migration).getResult(MigrationStatus.class);
  }

  MigrationStatus awaitState(MigrationWorkflow migration, State state) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> migration.status().state() == state);
    return migration.status();
  }

  MigrationStatus awaitGate(MigrationWorkflow migration, Gate gate) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> waitsAt(migration.status(), gate));
    return migration.status();
  }

  MigrationStatus awaitPhase(MigrationWorkflow migration, Phase phase) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> migration.status().phase() == phase);
    return migration.status();
  }

  /** Waits until the database was asked {@code what}. */
  void awaitAsked(String what) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> db().asked.contains(what));
  }

  /** Waits until it is so. */
  static void until(Callable<Boolean> condition) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
  }

  /** Waits until the database was asked {@code what} so often. */
  void awaitAsked(String what, int times) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> db().times(what) >= times);
  }

  /** The latest verdict. */
  static Verdict verdict(MigrationStatus status) {
    return status.verdicts().get(status.verdicts().size() - 1);
  }

  static JsonNode approval(Gate gate, String by) {
    return json("gate", gate.label(), "by", by);
  }

  /** An object of texts. */
  static ObjectNode json(String... fieldsAndValues) {
    ObjectNode json = Payloads.mapper().createObjectNode();
    for (int i = 0; i < fieldsAndValues.length; i += 2) {
      json.put(fieldsAndValues[i], fieldsAndValues[i + 1]);
    }
    return json;
  }

  WorkflowExecutionHistory history(String workflowId) {
    return env().getWorkflowClient().fetchHistory(workflowId);
  }

  private static Worker register(Worker worker, Class<? extends TailWorkflow> tail) {
    worker.registerWorkflowImplementationTypes(
        MigrationWorkflowImpl.class,
        BackfillWorkflowImpl.class,
        tail,
        WatchWorkflowImpl.class,
        InvariantWorkflowImpl.class,
        PlanWorkflowImpl.class,
        CheckPlanWorkflowImpl.class,
        VerifyWorkflowImpl.class,
        VerifySpecWorkflowImpl.class,
        VigilWorkflowImpl.class,
        ListWorkflowImpl.class);
    return worker;
  }

  private static boolean waitsAt(MigrationStatus status, Gate gate) {
    MigrationStatus.WaitingFor waiting = status.waitingFor();
    return waiting != null && waiting.gate() == gate;
  }

  private static TestEnvironmentOptions options() {
    return TestEnvironmentOptions.newBuilder()
        .setWorkflowClientOptions(
            WorkflowClientOptions.newBuilder()
                .setDataConverter(Payloads.converter())
                .setIdentity("kedge")
                .setWorkerHeartbeatInterval(Duration.ofSeconds(-1))
                .build())
        .build();
  }

  private static WorkerOptions workerOptions() {
    // A loaded machine is no deadlock.
    return WorkerOptions.newBuilder()
        .setDefaultDeadlockDetectionTimeout(10_000)
        .setMaxHeartbeatThrottleInterval(Duration.ofMillis(100))
        .build();
  }
}
