package dev.kedge.starter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.RegistryActivities.RegistryEntry;
import dev.kedge.activity.TaskQueues;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.Spec;
import dev.kedge.workflow.CheckPlanWorkflow;
import dev.kedge.workflow.Decision;
import dev.kedge.workflow.ListWorkflow;
import dev.kedge.workflow.MigrationWorkflow;
import dev.kedge.workflow.PlanWorkflow;
import dev.kedge.workflow.VerifyWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testserver.TestServer;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands against a server and a worker whose workflows are written here. */
final class SessionTest {
  private static final Refusal NO_TABLE =
      new Refusal("KD2101", "public.users", "there is no such table", "did you mean public.user?");
  private static final Refusal STALE =
      new Refusal("KD3002", "users-handle", "the plan is stale", "make a new one");

  private static TestServer.PortBoundTestServer server;
  private static WorkflowServiceStubs stubs;
  private static WorkflowClient client;
  private static WorkerFactory workers;
  private static String address;

  @TempDir private Path directory;

  @BeforeAll
  static void startServer() throws IOException {
    int port = freePort();
    server = TestServer.createPortBoundServer(port);
    address = "127.0.0.1:" + port;
    stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
    client =
        WorkflowClient.newInstance(
            stubs,
            WorkflowClientOptions.newBuilder()
                .setDataConverter(Payloads.converter())
                .setWorkerHeartbeatInterval(Duration.ofSeconds(-1))
                .build());
    registerSearchAttributes();
    workers = WorkerFactory.newInstance(client);
    workers
        .newWorker(
            TaskQueues.WORKFLOW,
            WorkerOptions.newBuilder()
                .setStickyQueueScheduleToStartTimeout(Duration.ZERO)
                .setDefaultDeadlockDetectionTimeout(30_000)
                .build())
        .registerWorkflowImplementationTypes(
            ScriptedMigration.class,
            ScriptedPlan.class,
            ScriptedCheck.class,
            ScriptedVerify.class,
            ScriptedList.class);
    workers.start();
  }

  // The in-memory service takes the id of a start that it refuses, so that none can follow.
  private static void registerSearchAttributes() {
    AddSearchAttributesRequest.Builder request = AddSearchAttributesRequest.newBuilder();
    for (String name : List.of("KedgePhase", "KedgeState", "KedgeOwner")) {
      request.putSearchAttributes(name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
    }
    OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setChannel(stubs.getRawChannel())
                .validateAndBuildWithDefaults())
        .blockingStub()
        .addSearchAttributes(request.build());
  }

  @AfterAll
  static void stopServer() {
    workers.shutdownNow();
    stubs.shutdownNow();
    server.close();
  }

  @AfterEach
  void endMigration() {
    if (running()) {
      stub().terminate("the test is over");
    }
  }

  private static boolean running() {
    try {
      return stub().describe().getStatus()
          == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
    } catch (WorkflowNotFoundException e) {
      return false;
    }
  }

  @Test
  void aPlanIsShownSavedAndStarted() throws IOException {
    Path saved = directory.resolve("plan.json");
    Typed planned = typed("plan", spec("app"), "--out", saved.toString(), "-o", "json");
    assertEquals(0, planned.exit(), planned.err());
    assertTrue(planned.out().contains("\"form\" : \"kedge.plan/1\""), planned.out());
    Typed started = typed("start", saved.toString(), "--as", "dana");
    assertEquals(2, started.exit(), "its hash is not its own: " + started.err());
    assertTrue(started.err().contains("KD3003"), started.err());
  }

  @Test
  void aSpecThatIsRefusedIsNotStarted() throws IOException {
    for (String verb : List.of("plan", "start")) {
      Typed typed = typed(verb, spec("refused"));
      assertEquals(2, typed.exit(), typed.err());
      assertTrue(typed.err().contains("public.users: there is no such table"), typed.err());
      assertTrue(typed.err().contains("nothing was changed"), typed.err());
    }
    assertFalse(running());
  }

  @Test
  void aDatabaseThatNoWorkerKnowsIsBadUsage() throws IOException {
    Typed typed = typed("plan", spec("unknown"));
    assertEquals(2, typed.exit(), typed.err());
    assertTrue(typed.err().startsWith("error[KD2001]: database \"unknown\""), typed.err());
  }

  @Test
  void aDatabaseThatCannotBeReachedIsExitFive() throws IOException {
    Typed typed = typed("plan", spec("down"));
    assertEquals(5, typed.exit(), typed.err());
    assertTrue(typed.err().startsWith("error[KD5004]: planning: the database"), typed.err());
  }

  @Test
  void aWalkFromStartThroughItsGateToItsEnd() throws IOException {
    Typed started = typed("start", spec("app"), "--as", "dana", "--for", "gate:reads");
    assertEquals(0, started.exit(), started.err());
    assertTrue(started.out().startsWith("started migration.users-handle, plan "), started.out());
    assertTrue(started.out().contains("kedge approve users-handle reads"), started.out());

    Typed again = typed("start", spec("app"));
    assertEquals(2, again.exit());
    assertTrue(again.err().contains("is running already"), again.err());

    Typed status = typed("status", Samples.NAME, "-o", "json");
    JsonNode json = Payloads.mapper().readTree(status.out());
    assertEquals("kedge.status/1", json.path("form").asText());
    assertEquals("reads", json.path("waitingFor").path("gate").asText());
    assertTrue(json.has("reason") && json.get("reason").isNull());

    assertEquals(6, typed("wait", Samples.NAME, "--timeout", "1s").exit());
    Typed own = typed("approve", Samples.NAME, "reads", "--as", "dana");
    assertEquals(4, own.exit(), own.err());
    assertTrue(own.err().startsWith("error[KD4001]: you started it"), own.err());
    assertEquals(1, typed("approve", Samples.NAME, "writes", "--as", "alice").exit());
    Typed approved = typed("approve", Samples.NAME, "reads", "--as", "alice", "--comment", "fine");
    assertEquals(0, approved.exit(), approved.err());
    assertEquals("gate reads opens", approved.out().strip());

    assertEquals(0, typed("wait", Samples.NAME, "--timeout", "20s").exit());
    Typed late = typed("resume", Samples.NAME);
    assertEquals(1, late.exit(), late.err());
    assertTrue(late.err().contains("is over"), late.err());
  }

  @Test
  void anApprovalNamesThePlanAndTheEvidenceThatWereShown() throws IOException {
    typed("start", spec("app"), "--as", "dana");
    typed("approve", Samples.NAME, "reads", "--as", "dana", "--comment", "mine");
    Decision sent = stub().query("approvals", Decision[].class)[0];
    assertEquals("sha256:plan", sent.verdict());
    assertEquals(Samples.EVIDENCE, sent.evidence());
    assertEquals("mine", sent.comment());
    assertEquals("dana", sent.by());
  }

  @Test
  void pauseAndTheVerbsAfterItTellTheirVerdicts() throws IOException {
    typed("start", spec("app"), "--as", "dana");
    Typed paused = typed("pause", Samples.NAME, "--reason", "month-end");
    assertEquals(0, paused.exit(), paused.err());
    assertTrue(paused.out().contains("reads, paused"), paused.out());
    Typed waited = typed("wait", Samples.NAME, "--timeout", "20s");
    assertEquals(7, waited.exit());
    assertTrue(waited.err().startsWith("error[KD7001]: users-handle has stopped"), waited.err());
    assertEquals("goes on", typed("resume", Samples.NAME).out().strip());
    assertEquals(1, typed("retry", Samples.NAME).exit());
    assertEquals(
        "lanes 4 chunk 20ms rate 5000",
        typed("tune", Samples.NAME, "--lanes", "4", "--chunk", "20ms", "--max-rate", "5000/s")
            .out()
            .strip());
    Typed back = typed("rollback", Samples.NAME, "--yes");
    assertEquals(0, back.exit(), back.err());
    assertEquals(7, typed("wait", Samples.NAME, "--timeout", "20s").exit());
    assertEquals(7, typed("status", Samples.NAME, "--watch").exit());
  }

  @Test
  void verifyListsDifferencesByKeyWithExitThree() throws IOException {
    typed("start", spec("app"), "--as", "dana");
    Typed typed = typed("verify", Samples.NAME, "-o", "json");
    assertEquals(3, typed.exit(), typed.err());
    JsonNode json = Payloads.mapper().readTree(typed.out());
    assertEquals(1000, json.path("comparedRows").asLong());
    assertEquals(1, json.path("differences").asLong());
    assertEquals("17", json.path("examples").path(0).path("key").asText());
  }

  @Test
  void theListComesFromARegistryWhereThereIsNoVisibility() throws IOException {
    Typed typed = typed("list");
    assertEquals(0, typed.exit(), typed.err());
    assertTrue(typed.out().contains("orders-split"), typed.out());
    JsonNode json = Payloads.mapper().readTree(typed("list", "-o", "json").out());
    assertEquals("orders-split", json.path("migrations").path(0).path("migration").asText());
  }

  @Test
  void anUnknownMigrationIsNamed() {
    Typed typed = assertTimeout(Duration.ofSeconds(10), () -> typed("status", "nobody"));
    assertEquals(2, typed.exit());
    assertTrue(typed.err().contains("no migration named \"nobody\""), typed.err());
  }

  private static Typed typed(String... args) {
    return Typed.at(address, args);
  }

  private static WorkflowStub stub() {
    return client.newUntypedWorkflowStub(MigrationWorkflow.idOf(Samples.NAME));
  }

  private String spec(String database) throws IOException {
    return Files.writeString(
            directory.resolve("spec.yaml"),
            Samples.SPEC.replace("database: app", "database: " + database))
        .toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Plans as the database's name says. */
  public static final class ScriptedPlan implements PlanWorkflow {
    @Override
    public Plan makePlan(Spec spec) {
      return switch (spec.database()) {
        case "refused" -> Samples.plan(NO_TABLE);
        case "unknown" ->
            throw Failures.unknownDatabase("database \"unknown\" is not configured\nhelp: do");
        case "down" -> throw Failures.unavailable("planning: the database cannot be reached");
        default -> Samples.plan();
      };
    }
  }

  /** Every saved plan is stale. */
  public static final class ScriptedCheck implements CheckPlanWorkflow {
    @Override
    public List<Refusal> checkPlan(Plan plan) {
      return List.of(STALE);
    }
  }

  /** One difference, at key 17. */
  public static final class ScriptedVerify implements VerifyWorkflow {
    @Override
    public List<Comparison> verify(List<MoveScope> moves) {
      return List.of(
          new Comparison(
              1,
              1000,
              1,
              0,
              0,
              0,
              3,
              999,
              0,
              List.of(new Difference("public.users", "17", "missing")),
              "2026-01-01T00:00:00Z"));
    }
  }

  /** One migration in one registry. */
  public static final class ScriptedList implements ListWorkflow {
    @Override
    public List<RegistryEntry> listMigrations() {
      return List.of(
          new RegistryEntry(
              "orders-split",
              "shop",
              "app",
              Phase.BACKFILL,
              "running",
              null,
              "2026-01-01T00:00:00Z",
              "2026-01-01T00:00:00Z"));
    }
  }
}
