package dev.kedge.schema;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;

/**
 * Where long work says that it is alive, and what it waits for. Throws when the work was cancelled.
 */
@FunctionalInterface
public interface Pulse {
  /** For whom nobody waits. */
  Pulse NONE = detail -> {};

  void beat(String detail);

  /** The heartbeat of the activity that runs on this thread; {@link #NONE} outside of one. */
  static Pulse ofActivity() {
    try {
      ActivityExecutionContext context = Activity.getExecutionContext();
      return context::heartbeat;
    } catch (IllegalStateException outsideOfActivities) {
      return NONE;
    }
  }
}
