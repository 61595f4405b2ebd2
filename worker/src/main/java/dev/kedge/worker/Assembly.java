package dev.kedge.worker;

import dev.kedge.console.TemporalConnection;
import dev.kedge.postgres.Databases;
import dev.kedge.workflow.BackfillWorkflowImpl;
import dev.kedge.workflow.CheckPlanWorkflowImpl;
import dev.kedge.workflow.InvariantWorkflowImpl;
import dev.kedge.workflow.ListWorkflowImpl;
import dev.kedge.workflow.MigrationWorkflowImpl;
import dev.kedge.workflow.PlanWorkflowImpl;
import dev.kedge.workflow.TailWorkflowImpl;
import dev.kedge.workflow.VerifySpecWorkflowImpl;
import dev.kedge.workflow.VerifyWorkflowImpl;
import dev.kedge.workflow.VigilWorkflowImpl;
import dev.kedge.workflow.WatchWorkflowImpl;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/** Builds everything a worker runs, each by its constructor, and hands it to the SDK. */
final class Assembly {
  /** Cancelling a lane, and seeing its progress, takes no longer than this. */
  private static final Duration HEARTBEAT_THROTTLE = Duration.ofSeconds(1);

  /** On a busy laptop a workflow thread may wait long for its turn without being stuck. */
  private static final long DEADLOCK_MILLIS = 10_000;

  private final TemporalConnection connection;
  private final Databases databases;
  private final WorkerSettings settings;
  private final Slots slots;

  Assembly(TemporalConnection connection, Databases databases, WorkerSettings settings) {
    this.connection = connection;
    this.databases = databases;
    this.settings = settings;
    this.slots = settings.slots();
  }

  /** A factory with a worker for each role; nothing polls yet. */
  WorkerFactory factory() {
    WorkerFactory factory =
        WorkerFactory.newInstance(
            connection.client(), WorkerFactoryOptions.newBuilder().validateAndBuildWithDefaults());
    for (Role role : Role.values()) {
      if (settings.roles().contains(role)) {
        equip(factory.newWorker(role.queue(), options(role)), role);
      }
    }
    return factory;
  }

  private void equip(Worker worker, Role role) {
    Activities activities = new Activities(databases);
    switch (role) {
      case WORKFLOW -> worker.registerWorkflowImplementationTypes(workflows());
      case DDL -> worker.registerActivitiesImplementations(activities.ddl().toArray());
      case BACKFILL -> worker.registerActivitiesImplementations(activities.backfill().toArray());
    }
  }

  private static Class<?>[] workflows() {
    return new Class<?>[] {
      MigrationWorkflowImpl.class,
      BackfillWorkflowImpl.class,
      TailWorkflowImpl.class,
      WatchWorkflowImpl.class,
      InvariantWorkflowImpl.class,
      PlanWorkflowImpl.class,
      CheckPlanWorkflowImpl.class,
      VerifyWorkflowImpl.class,
      VerifySpecWorkflowImpl.class,
      VigilWorkflowImpl.class,
      ListWorkflowImpl.class
    };
  }

  private WorkerOptions options(Role role) {
    WorkerOptions.Builder options =
        WorkerOptions.newBuilder()
            .setIdentity(identity(role.label()))
            .setMaxHeartbeatThrottleInterval(HEARTBEAT_THROTTLE)
            .setDefaultDeadlockDetectionTimeout(DEADLOCK_MILLIS)
            // Activities are to spread over workers, not to stay where the workflow happens to be.
            .setDisableEagerExecution(true);
    if (role != Role.WORKFLOW) {
      options.setMaxConcurrentActivityExecutionSize(slots.of(role));
    }
    if (connection.embedded() && !settings.besideServer()) {
      // The embedded service never gives up on the sticky queue of a worker that is gone; a worker
      // in the service's own process goes with it, and need not replay every history anew.
      options.setStickyQueueScheduleToStartTimeout(Duration.ZERO);
    }
    return options.build();
  }

  /** How this process is called in Temporal: {@code host/pid/role}. */
  static String identity(String role) {
    return host() + "/" + ProcessHandle.current().pid() + "/" + role;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
