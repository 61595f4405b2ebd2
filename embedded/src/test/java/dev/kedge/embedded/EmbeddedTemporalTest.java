package dev.kedge.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributes;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EmbeddedTemporalTest {

  private static final String QUEUE = "letters";

  private EmbeddedTemporal temporal;
  private WorkflowServiceStubs stubs;
  private WorkflowClient client;

  @BeforeEach
  void start() {
    temporal = EmbeddedTemporal.start(0);
    stubs =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.target()).build());
    client = WorkflowClient.newInstance(stubs);
  }

  @AfterEach
  void stop() {
    stubs.shutdownNow();
    temporal.close();
  }

  @Test
  void goesOnWhenAnotherWorkerTakesOver() throws TimeoutException {
    WorkerFactory first = newWorker();
    WorkflowStub letters = client.newUntypedWorkflowStub("Letters", options());
    letters.start();
    letters.signal("write", "a");
    // A worker gone amid a task would cost the ten seconds after which a task counts as lost.
    await().until(() -> letters.query("letters", String.class).equals("a"));
    first.shutdownNow();
    first.awaitTermination(10, TimeUnit.SECONDS);

    WorkerFactory second = newWorker();
    letters.signal("write", "b");
    assertEquals("ab", letters.getResult(30, TimeUnit.SECONDS, String.class));
    second.shutdownNow();
  }

  @Test
  void takesTheSearchAttributesOfAMigration() {
    SearchAttributes attributes =
        SearchAttributes.newBuilder()
            .set(SearchAttributeKey.forKeyword("KedgePhase"), "backfill")
            .set(SearchAttributeKey.forKeyword("KedgeState"), "running")
            .set(SearchAttributeKey.forKeyword("KedgeOwner"), "kim")
            .build();
    WorkflowStub letters =
        client.newUntypedWorkflowStub(
            "Letters",
            WorkflowOptions.newBuilder(options()).setTypedSearchAttributes(attributes).build());
    letters.start();
    assertEquals(
        "backfill",
        letters
            .describe()
            .getTypedSearchAttributes()
            .get(SearchAttributeKey.forKeyword("KedgePhase")));
  }

  @Test
  void saysThatAPortIsTaken() {
    EmbeddedTemporalException refused =
        assertThrows(
            EmbeddedTemporalException.class, () -> EmbeddedTemporal.start(temporal.port()));
    assertTrue(String.valueOf(refused.getMessage()).contains("127.0.0.1:" + temporal.port()));
  }

  private static WorkflowOptions options() {
    return WorkflowOptions.newBuilder().setTaskQueue(QUEUE).setWorkflowId("letters").build();
  }

  private WorkerFactory newWorker() {
    WorkerFactory factory = WorkerFactory.newInstance(client);
    Worker worker =
        factory.newWorker(
            QUEUE,
            WorkerOptions.newBuilder().setStickyQueueScheduleToStartTimeout(Duration.ZERO).build());
    worker.registerWorkflowImplementationTypes(LettersImpl.class);
    factory.start();
    return factory;
  }

  /** Ends when it has got two letters. */
  @WorkflowInterface
  public interface Letters {
    @WorkflowMethod
    String collect();

    @SignalMethod
    void write(String letter);

    @QueryMethod
    String letters();
  }

  /** The only one. */
  public static final class LettersImpl implements Letters {
    private final List<String> letters = new ArrayList<>();

    @Override
    public String collect() {
      Workflow.await(() -> letters.size() == 2);
      return letters();
    }

    @Override
    public void write(String letter) {
      letters.add(letter);
    }

    @Override
    public String letters() {
      return String.join("", letters);
    }
  }
}
