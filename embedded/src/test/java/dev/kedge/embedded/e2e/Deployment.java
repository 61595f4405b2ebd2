package dev.kedge.embedded.e2e;

import dev.kedge.activity.TaskQueues;
import dev.kedge.console.TemporalConnection;
import dev.kedge.console.TemporalOptions;
import dev.kedge.embedded.EmbeddedTemporal;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.KedgeWorker;
import dev.kedge.worker.Role;
import dev.kedge.worker.WorkerSettings;
import dev.kedge.workflow.MigrationInput;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.PlanWorkflow;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * Temporal with the worker that decides and changes schemas in this process, and workers that fill
 * in processes of their own. Each has its Temporal, since task queues have the same names in all.
 */
final class Deployment implements AutoCloseable {
  /** Who starts migrations here, and so approves none of them. */
  static final String STARTER = "engineer@example.com";

  private final TestDatabase database;
  private final List<DatabaseConfig> databases;
  private final WorkerSettings settings;
  private final List<BackfillProcess> processes = new ArrayList<>();
  private EmbeddedTemporal temporal;
  private TemporalConnection connection;
  private KedgeWorker worker;

  private Deployment(
      TestDatabase database, List<DatabaseConfig> databases, WorkerSettings settings) {
    this.database = database;
    this.databases = databases;
    this.settings = settings;
    this.temporal = EmbeddedTemporal.start(0);
    this.connection = connect(temporal);
    this.worker = work();
  }

  static Deployment start(TestDatabase database) {
    List<DatabaseConfig> databases = List.of(DatabaseConfig.of("app", database.url()));
    return new Deployment(
        database, databases, WorkerSettings.of(EnumSet.of(Role.WORKFLOW, Role.DDL), databases));
  }

  /** With one worker that does everything, and {@code check} to run the queries of specs. */
  static Deployment startOne(TestDatabase database, String check) {
    DatabaseConfig app = DatabaseConfig.of("app", database.url());
    List<DatabaseConfig> databases =
        List.of(
            new DatabaseConfig(
                app.name(), app.url(), null, app.pool(), Map.of("check", check), app.replicas()));
    return new Deployment(database, databases, WorkerSettings.everything(databases));
  }

  private static TemporalConnection connect(EmbeddedTemporal temporal) {
    return TemporalConnection.forWorker(
        new TemporalOptions(temporal.target(), "default", null), "e2e");
  }

  private KedgeWorker work() {
    return KedgeWorker.start(connection, WorkerSettings.open(databases, Map.of()), settings);
  }

  /** One more process that fills. */
  BackfillProcess addBackfill() {
    BackfillProcess process = BackfillProcess.start(temporal.target(), database.url());
    processes.add(process);
    return process;
  }

  /** One more that enters the database as {@code role} and has room for three lanes. */
  BackfillProcess addSmallBackfill(String role) {
    BackfillProcess process = BackfillProcess.startSmall(temporal.target(), database.url(role), 3);
    processes.add(process);
    return process;
  }

  /** Plans and starts. */
  Migration start(String yaml) {
    return start(plan(yaml));
  }

  Plan plan(String yaml) {
    Plan plan =
        connection
            .client()
            .newWorkflowStub(PlanWorkflow.class, options("plan"))
            .makePlan(spec(yaml));
    if (!plan.refusals().isEmpty()) {
      throw new AssertionError("refused: " + plan.refusals());
    }
    return plan;
  }

  private static Spec spec(String yaml) {
    try {
      return SpecReader.read("test.yaml", yaml);
    } catch (SpecException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Migration start(Plan plan) {
    String id = MigrationWorkflow.idOf(plan.spec().migration());
    MigrationWorkflow workflow =
        connection.client().newWorkflowStub(MigrationWorkflow.class, options(id));
    WorkflowClient.start(workflow::migrate, new MigrationInput(plan, STARTER, true));
    return new Migration(connection.client(), plan.spec().migration());
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.WORKFLOW).setWorkflowId(id).build();
  }

  /** Temporal and the worker beside it go; an empty one comes at the same address. */
  void loseTemporal() {
    int port = temporal.port();
    stopDeciding();
    temporal = EmbeddedTemporal.start(port);
    connection = connect(temporal);
    worker = work();
  }

  private void stopDeciding() {
    worker.close();
    connection.close();
    temporal.close();
  }

  @Override
  public void close() {
    processes.forEach(BackfillProcess::close);
    stopDeciding();
  }
}
