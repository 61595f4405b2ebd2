package dev.kedge.workflow;

import io.temporal.workflow.Workflow;
import java.time.Instant;

/** The workflow's time, as messages spell it. */
final class Clock {
  private Clock() {}

  /** ISO-8601. */
  static String now() {
    return instant().toString();
  }

  static Instant instant() {
    return Instant.ofEpochMilli(Workflow.currentTimeMillis());
  }
}
