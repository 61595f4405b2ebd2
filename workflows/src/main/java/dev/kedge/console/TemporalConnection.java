package dev.kedge.console;

import dev.kedge.activity.Payloads;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.serviceclient.RpcRetryOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A connection to Temporal that has been seen working. Opening it fails with a {@link Problem}, in
 * bounded time, when nobody answers there.
 */
public final class TemporalConnection implements AutoCloseable {
  /** Long enough for a slow start of a JVM and a network, short enough for a person. */
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(5);

  // Held here, since a logger that nobody holds forgets its level. What gRPC has to say about a
  // server that cannot be reached is told in one line of ours.
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  private static final Duration CALL = Duration.ofSeconds(8);
  private static final Duration OFF = Duration.ofSeconds(-1);

  private final String address;
  private final WorkflowServiceStubs stubs;
  private final WorkflowClient client;
  private final boolean embedded;

  private TemporalConnection(
      String address, WorkflowServiceStubs stubs, WorkflowClient client, boolean embedded) {
    this.address = address;
    this.stubs = stubs;
    this.client = client;
    this.embedded = embedded;
  }

  /** For a command that somebody waits for: every call gives up after {@link #CALL}. */
  public static TemporalConnection forCommand(TemporalOptions options, String identity) {
    RpcRetryOptions brief =
        RpcRetryOptions.newBuilder().setExpiration(CALL).validateBuildWithDefaults();
    return open(options, System.getenv(), identity, brief);
  }

  /** For a worker: calls are repeated as the SDK sees fit, so that an outage is sat out. */
  public static TemporalConnection forWorker(TemporalOptions options, String identity) {
    return open(
        options,
        System.getenv(),
        identity,
        RpcRetryOptions.newBuilder().validateBuildWithDefaults());
  }

  /** For a service in this process: no variable or profile of another server has a say in it. */
  public static TemporalConnection local(String target, String identity) {
    return open(
        TemporalProfile.only(target),
        identity,
        RpcRetryOptions.newBuilder().validateBuildWithDefaults());
  }

  static TemporalConnection open(
      TemporalOptions options, Map<String, String> env, String identity, RpcRetryOptions retries) {
    return open(TemporalProfile.load(options, env), identity, retries);
  }

  private static TemporalConnection open(
      TemporalProfile profile, String identity, RpcRetryOptions retries) {
    GRPC.setLevel(Level.OFF);
    WorkflowServiceStubsOptions stubsOptions =
        profile.stubs().setRpcQueryTimeout(CALL).setRpcRetryOptions(retries).build();
    WorkflowServiceStubs stubs = WorkflowServiceStubs.newServiceStubs(stubsOptions);
    try {
      boolean embedded = serverVersion(stubs, profile.address()).isEmpty();
      return new TemporalConnection(
          profile.address(),
          stubs,
          WorkflowClient.newInstance(stubs, clientOptions(profile, identity, embedded)),
          embedded);
    } catch (RuntimeException e) {
      stubs.shutdownNow();
      throw e;
    }
  }

  private static WorkflowClientOptions clientOptions(
      TemporalProfile profile, String identity, boolean embedded) {
    WorkflowClientOptions.Builder builder =
        WorkflowClientOptions.newBuilder()
            .setNamespace(profile.namespace())
            .setIdentity(identity)
            .setDataConverter(Payloads.converter());
    // The embedded service claims to take heartbeats of workers, and then does not.
    return (embedded ? builder.setWorkerHeartbeatInterval(OFF) : builder).build();
  }

  private static String serverVersion(WorkflowServiceStubs stubs, String address) {
    try {
      return stubs
          .blockingStub()
          .withDeadlineAfter(FIRST_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
          .getSystemInfo(GetSystemInfoRequest.getDefaultInstance())
          .getServerVersion();
    } catch (StatusRuntimeException e) {
      Problem problem = TemporalProblems.of(e, address);
      throw problem == null ? e : problem;
    }
  }

  public WorkflowClient client() {
    return client;
  }

  public WorkflowServiceStubs stubs() {
    return stubs;
  }

  public String address() {
    return address;
  }

  public String namespace() {
    return client.getOptions().getNamespace();
  }

  /**
   * Whether the other side is the in-memory service: nothing is durable there, there is no
   * visibility, and a sticky queue outlives its worker.
   */
  public boolean embedded() {
    return embedded;
  }

  @Override
  public void close() {
    stubs.shutdownNow();
  }
}
