package dev.kedge.bench.run;

import com.google.protobuf.util.Timestamps;
import dev.kedge.activity.PlanActivities;
import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.console.TemporalConnection;
import dev.kedge.embedded.EmbeddedTemporal;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Databases;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import dev.kedge.starter.Starting;
import dev.kedge.worker.Activities;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.KedgeWorker;
import dev.kedge.worker.WorkerSettings;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.State;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All of Kedge over one database: Temporal in memory and, unless workers come from elsewhere, a
 * worker in this process, as {@code kedge dev} has them.
 */
final class Product implements AutoCloseable {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(30);

  private final BenchDatabase database;
  private final EmbeddedTemporal temporal;
  private final TemporalConnection connection;
  private final @Nullable KedgeWorker worker;

  private Product(BenchDatabase database, boolean withWorker) {
    this.database = database;
    this.temporal = EmbeddedTemporal.start(0);
    this.connection = TemporalConnection.local(temporal.target(), "bench");
    this.worker = withWorker ? worker() : null;
  }

  /** With a worker of all roles in this process. */
  static Product open(BenchDatabase database) {
    return new Product(database, true);
  }

  /** Without one. */
  static Product withoutWorker(BenchDatabase database) {
    return new Product(database, false);
  }

  private KedgeWorker worker() {
    List<DatabaseConfig> known = known();
    return KedgeWorker.start(
        connection, WorkerSettings.open(known, Map.of()), WorkerSettings.everything(known));
  }

  private List<DatabaseConfig> known() {
    return List.of(DatabaseConfig.of("app", database.url()));
  }

  /** Where its Temporal is, as {@code --address} takes it. */
  String address() {
    return temporal.target();
  }

  WorkflowClient client() {
    return connection.client();
  }

  /** Plans a spec and starts its migration, whose workflow is returned. */
  MigrationWorkflow start(String spec) {
    Plan plan = plan(spec);
    new Starting(client()).start(plan, "bench");
    return client()
        .newWorkflowStub(MigrationWorkflow.class, MigrationWorkflow.idOf(plan.spec().migration()));
  }

  private Plan plan(String spec) {
    try (Databases pools = WorkerSettings.open(known(), Map.of())) {
      Plan plan =
          new Activities(pools)
              .get(PlanActivities.class)
              .makePlan(SpecReader.read("bench.yaml", spec));
      if (!plan.refusals().isEmpty()) {
        throw new IllegalStateException("refused: " + plan.refusals());
      }
      return plan;
    } catch (SpecException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Looks once a second, as {@code kedge status --watch} does, until it is so. */
  static MigrationStatus await(MigrationWorkflow workflow, Predicate<MigrationStatus> reached)
      throws InterruptedException {
    return await(workflow, LOOK_AGAIN, reached);
  }

  static MigrationStatus await(
      MigrationWorkflow workflow, Duration lookAgain, Predicate<MigrationStatus> reached)
      throws InterruptedException {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      MigrationStatus status = workflow.status();
      if (reached.test(status)) {
        return status;
      }
      boolean over = status.state() == State.PARKED || status.state().ended();
      if (over || System.nanoTime() - end > 0) {
        throw new IllegalStateException(
            status.migration() + " is " + status.state().label() + ": " + status.reason());
      }
      Thread.sleep(lookAgain.toMillis());
    }
  }

  /** Whether it waits for an approval of reads: filled, compared, sealed. */
  static boolean isProven(MigrationStatus status) {
    return status.waitingFor() != null && status.waitingFor().evidence() != null;
  }

  /** Stops it for good, and takes away what is Kedge's in its tables. */
  static void abort(MigrationWorkflow workflow) throws InterruptedException {
    workflow.abort(null);
    await(workflow, Duration.ofMillis(50), status -> status.state() == State.ABORTED);
  }

  /**
   * Seconds the first child of that type took, by the server's clock, from being asked for to its
   * end as its parent heard it.
   */
  double childSeconds(MigrationStatus status, String type) {
    long asked = Long.MIN_VALUE;
    for (HistoryEvent event : client().fetchHistory(status.workflowId()).getEvents()) {
      if (asks(event, type)) {
        asked = Timestamps.toMillis(event.getEventTime());
      } else if (asked != Long.MIN_VALUE && ends(event, type)) {
        return (Timestamps.toMillis(event.getEventTime()) - asked) / 1e3;
      }
    }
    throw new IllegalStateException("no " + type + " has ended");
  }

  private static boolean asks(HistoryEvent event, String type) {
    return event.hasStartChildWorkflowExecutionInitiatedEventAttributes()
        && event
            .getStartChildWorkflowExecutionInitiatedEventAttributes()
            .getWorkflowType()
            .getName()
            .equals(type);
  }

  private static boolean ends(HistoryEvent event, String type) {
    return event.hasChildWorkflowExecutionCompletedEventAttributes()
        && event
            .getChildWorkflowExecutionCompletedEventAttributes()
            .getWorkflowType()
            .getName()
            .equals(type);
  }

  @Override
  public void close() throws SQLException {
    if (worker != null) {
      worker.close();
    }
    connection.close();
    temporal.close();
    database.execute("DROP SCHEMA IF EXISTS kedge CASCADE");
  }
}
