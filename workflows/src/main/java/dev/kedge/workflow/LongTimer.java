package dev.kedge.workflow;

import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/** A timer that people see while it runs, and that can be stopped before it fires. */
final class LongTimer {
  private final CompletablePromise<Void> fired = Workflow.newPromise();
  private final CancellationScope scope;

  LongTimer(Duration length, String summary) {
    TimerOptions options = TimerOptions.newBuilder().setSummary(summary).build();
    scope =
        Workflow.newDetachedCancellationScope(
            () -> fired.completeFrom(Workflow.newTimer(length, options)));
    scope.run();
  }

  boolean fired() {
    return fired.isCompleted();
  }

  void stop() {
    if (!fired.isCompleted()) {
      scope.cancel();
      fired.exceptionally(stopped -> null);
    }
  }
}
