package dev.kedge.reconcile;

import dev.kedge.activity.ReconcileActivities.Comparison;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Says that a compare is alive and how far it is, about once a second. Throws when it was
 * cancelled.
 */
@FunctionalInterface
interface Pulse {
  /** For whom nobody waits. */
  Pulse NONE = now -> {};

  void beat(Now now);

  /** How far it is; asked for only when somebody is told. */
  @FunctionalInterface
  interface Now {
    Comparison read() throws SQLException;
  }

  /** The heartbeat of the activity that runs on this thread; outside of one nobody hears it. */
  static Pulse ofActivity() {
    try {
      return of(Activity.getExecutionContext());
    } catch (IllegalStateException outsideOfActivities) {
      return NONE;
    }
  }

  private static Pulse of(ActivityExecutionContext context) {
    long[] next = {System.nanoTime()};
    return now -> {
      if (System.nanoTime() - next[0] >= 0) {
        next[0] = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        context.heartbeat(readable(now));
      }
    };
  }

  private static Object readable(Now now) {
    try {
      return now.read();
    } catch (SQLException e) {
      return "how far it is cannot be read now";
    }
  }
}
