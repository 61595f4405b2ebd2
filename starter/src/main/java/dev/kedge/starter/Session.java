package dev.kedge.starter;

import dev.kedge.console.TemporalConnection;
import dev.kedge.console.TemporalOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.client.WorkflowClient;
import java.util.Optional;

/** A connection to Temporal for the length of one command. */
final class Session implements AutoCloseable {
  private final TemporalConnection connection;

  private Session(TemporalConnection connection) {
    this.connection = connection;
  }

  static Session open(TemporalOptions options, String identity) {
    return new Session(TemporalConnection.forCommand(options, identity));
  }

  WorkflowClient client() {
    return connection.client();
  }

  TemporalConnection connection() {
    return connection;
  }

  /** The migration of that name, running or not; nothing is asked yet. */
  RemoteMigration migration(String name) {
    return new RemoteMigration(this, name);
  }

  /** Asks workers for something that changes nothing. */
  Errand errand(String kind, String subject) {
    return new Errand(this, kind, subject);
  }

  /** Whether somebody polls {@code queue}; empty when this server cannot tell. */
  Optional<Boolean> polled(String queue, TaskQueueType type) {
    try {
      return Optional.of(
          connection
                  .stubs()
                  .blockingStub()
                  .describeTaskQueue(
                      DescribeTaskQueueRequest.newBuilder()
                          .setNamespace(connection.namespace())
                          .setTaskQueue(TaskQueue.newBuilder().setName(queue))
                          .setTaskQueueType(type)
                          .build())
                  .getPollersCount()
              > 0);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
