package dev.kedge.workflow;

import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/**
 * Timers with a summary, since that is what people read on the timeline. They are left to fire: the
 * in-memory server never lets go of a workflow that cancels what has just ended by itself.
 */
final class Timers {
  private Timers() {}

  /** Completes after {@code length}, whatever happens to whoever waits for it. */
  static Promise<Void> start(Duration length, String summary) {
    CompletablePromise<Void> fired = Workflow.newPromise();
    TimerOptions options = TimerOptions.newBuilder().setSummary(summary).build();
    Workflow.newDetachedCancellationScope(
            () -> fired.completeFrom(Workflow.newTimer(length, options)))
        .run();
    return fired;
  }
}
