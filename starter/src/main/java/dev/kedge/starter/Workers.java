package dev.kedge.starter;

import dev.kedge.console.Problem;
import io.temporal.api.enums.v1.TaskQueueType;

/** Whether there is anybody to do what is asked. */
final class Workers {
  private Workers() {}

  /** Fails when nobody polls {@code queue}, and when nobody answered and it cannot be told why. */
  static void require(Session session, String queue, TaskQueueType type) {
    if (!session.polled(queue, type).orElse(false)) {
      throw none(queue);
    }
  }

  static Problem none(String queue) {
    return Problem.unreachable(
        "KD5005",
        "no worker polls queue " + queue,
        "start one: kedge worker --database NAME=URL (or kedge dev)");
  }
}
