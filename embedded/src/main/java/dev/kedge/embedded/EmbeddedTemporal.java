package dev.kedge.embedded;

import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.AddSearchAttributesResponse;
import io.temporal.api.operatorservice.v1.OperatorServiceGrpc;
import io.temporal.internal.testservice.GRPCServerHelper;
import io.temporal.internal.testservice.TestServicesStarter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporal's in-memory service, on 127.0.0.1 and without any authentication, for a laptop, the demo
 * and the tests. Everything in it is gone when it is closed.
 *
 * <p>It never moves a workflow from a worker that is gone to another one, as a real server does
 * after some seconds. So workers outside of this process, and any that may be replaced, set {@code
 * WorkerOptions.setStickyQueueScheduleToStartTimeout(Duration.ZERO)}.
 *
 * <p>Built on the SDK's internal classes, since its public {@code TestServer} listens on all
 * addresses; no other class of ours may use those.
 */
public final class EmbeddedTemporal implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EmbeddedTemporal.class);
  private static final List<String> SEARCH_ATTRIBUTES =
      List.of("KedgePhase", "KedgeState", "KedgeOwner");
  private static final long CALLS_MAY_END_SECONDS = 1;
  private static final long CALLS_MUST_END_SECONDS = 5;

  private final TestServicesStarter services;
  private final Server server;

  private EmbeddedTemporal(TestServicesStarter services, Server server) {
    this.services = services;
    this.server = server;
  }

  /**
   * Gives a service that takes calls.
   *
   * @param port TCP port on 127.0.0.1; 0 for any free one
   * @throws EmbeddedTemporalException when the port is taken
   */
  public static EmbeddedTemporal start(int port) {
    // Time is the real one: with skipping, a timer would fire as soon as nothing else is to do.
    boolean timeSkippingLocked = true;
    long now = 0;
    TestServicesStarter services = new TestServicesStarter(timeSkippingLocked, now);
    try {
      Server server = serve(services, new InetSocketAddress(loopback(), port));
      registerSearchAttributes(services);
      return new EmbeddedTemporal(services, server);
    } catch (IOException e) {
      services.close();
      throw new EmbeddedTemporalException(
          "the embedded Temporal service cannot listen on 127.0.0.1:%d; is the port taken by another program?"
              .formatted(port),
          e);
    }
  }

  private static Server serve(TestServicesStarter services, SocketAddress address)
      throws IOException {
    ServerBuilder<?> builder =
        NettyServerBuilder.forAddress(address, InsecureServerCredentials.create());
    GRPCServerHelper.registerServicesAndHealthChecks(services.getServices(), builder);
    return builder.build().start();
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  /** Best effort: the attributes can be set then, and nothing here could search by them anyway. */
  private static void registerSearchAttributes(TestServicesStarter services) {
    AddSearchAttributesRequest.Builder request = AddSearchAttributesRequest.newBuilder();
    for (String name : SEARCH_ATTRIBUTES) {
      request.putSearchAttributes(name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD);
    }
    // Its own class is not public, this one is.
    OperatorServiceGrpc.OperatorServiceImplBase operator = services.getOperatorService();
    operator.addSearchAttributes(request.build(), new LogFailure());
  }

  public int port() {
    return server.getPort();
  }

  /** As {@code WorkflowServiceStubsOptions.setTarget} takes it. */
  public String target() {
    return "127.0.0.1:" + port();
  }

  /** Ends all calls, waiting polls included; close workers and clients first. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(CALLS_MAY_END_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow().awaitTermination(CALLS_MUST_END_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      services.close();
    }
  }

  private static final class LogFailure implements StreamObserver<AddSearchAttributesResponse> {

    @Override
    public void onNext(AddSearchAttributesResponse response) {}

    @Override
    public void onError(Throwable failure) {
      log.debug("cannot register search attributes", failure);
    }

    @Override
    public void onCompleted() {}
  }
}
