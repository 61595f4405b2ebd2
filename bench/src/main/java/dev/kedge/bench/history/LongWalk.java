package dev.kedge.bench.history;

import com.google.protobuf.Empty;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.TaskQueues;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.workflow.BackfillWorkflowImpl;
import dev.kedge.workflow.MigrationInput;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.MigrationWorkflowImpl;
import dev.kedge.workflow.State;
import dev.kedge.workflow.TailWorkflowImpl;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.testservice.v1.SleepRequest;
import io.temporal.api.testservice.v1.TestServiceGrpc;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testserver.TestServer;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One migration walked from its beginning to its end, however long that takes. */
public final class LongWalk implements AutoCloseable {
  private final TestServer.InProcessTestServer server = TestServer.createServer(true);
  private final TestServiceGrpc.TestServiceBlockingStub time =
      TestServiceGrpc.newBlockingStub(server.getChannel());
  private final WorkflowServiceStubs service =
      WorkflowServiceStubs.newServiceStubs(
          WorkflowServiceStubsOptions.newBuilder().setChannel(server.getChannel()).build());
  private final WorkflowClient client;
  private final WorkerFactory workers;
  private final MigrationWorkflow migration;
  private final WorkflowExecution first;

  /** Begins; the plan's gates must ask nobody. */
  public LongWalk(Plan plan, Duration backfill, int lanes) {
    client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setDataConverter(Payloads.converter())
                .setIdentity("bench")
                .setWorkerHeartbeatInterval(Duration.ofSeconds(-1))
                .build());
    workers = WorkerFactory.newInstance(client);
    long turns = lanes * backfill.dividedBy(ActivityProfiles.TURN_BUDGET);
    equip(new PatientDatabase((int) turns));
    workers.start();
    String id = MigrationWorkflow.idOf(plan.spec().migration());
    migration =
        client.newWorkflowStub(
            MigrationWorkflow.class,
            WorkflowOptions.newBuilder()
                .setWorkflowId(id)
                .setTaskQueue(TaskQueues.WORKFLOW)
                .build());
    first = WorkflowClient.start(migration::migrate, new MigrationInput(plan, "bench"));
  }

  private void equip(PatientDatabase database) {
    // A loaded machine is no deadlock.
    WorkerOptions patient =
        WorkerOptions.newBuilder().setDefaultDeadlockDetectionTimeout(10_000).build();
    workers
        .newWorker(TaskQueues.WORKFLOW, patient)
        .registerWorkflowImplementationTypes(
            MigrationWorkflowImpl.class, BackfillWorkflowImpl.class, TailWorkflowImpl.class);
    for (String queue : List.of(TaskQueues.DDL, TaskQueues.BACKFILL)) {
      workers.newWorker(queue, patient).registerActivitiesImplementations(database);
    }
  }

  /** The server's time. */
  public long nowMillis() {
    return Timestamps.toMillis(time.getCurrentTime(Empty.getDefaultInstance()).getTime());
  }

  private void skip(Duration length) {
    time.unlockTimeSkippingWithSleep(
        SleepRequest.newBuilder().setDuration(Durations.fromMillis(length.toMillis())).build());
  }

  /** Skips time until the phase is over; fails when it stops for a person, or takes longer. */
  public void passThrough(Phase phase, Duration atMost) {
    long until = nowMillis() + atMost.toMillis();
    while (status().phase().compareTo(phase) <= 0 && !status().state().ended()) {
      State state = status().state();
      if (nowMillis() > until || state == State.PARKED || state == State.PAUSED) {
        throw new IllegalStateException(
            "it does not leave phase "
                + phase.label()
                + ": "
                + state.label()
                + ", "
                + status().reason());
      }
      skip(Duration.ofHours(6));
    }
  }

  /** Waits for its end, without skipping time. */
  public void end() throws InterruptedException {
    for (int i = 0; i < 600 && !status().state().ended(); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    if (status().state() != State.COMPLETED) {
      throw new IllegalStateException("it ended as " + status().state().label());
    }
  }

  private MigrationStatus status() {
    return migration.status();
  }

  /** All its histories until now. */
  public Family family() {
    return Family.of(client, first);
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.awaitTermination(5, TimeUnit.SECONDS);
    service.shutdownNow();
    server.close();
  }
}
