package dev.kedge.workflow;

import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import org.jspecify.annotations.Nullable;

/** Work beside the walk that can be called off as a whole. */
final class Strand {
  private final CompletablePromise<Void> end = Workflow.newPromise();
  private final CancellationScope scope;

  private Strand(Functions.Proc work) {
    scope = Workflow.newCancellationScope(() -> end.completeFrom(Async.procedure(work)));
  }

  static Strand start(Functions.Proc work) {
    Strand strand = new Strand(work);
    strand.scope.run();
    return strand;
  }

  boolean ended() {
    return end.isCompleted();
  }

  /** What it failed with; null while it runs and when it succeeded. */
  @Nullable RuntimeException failure() {
    return end.isCompleted() ? end.getFailure() : null;
  }

  boolean failed() {
    return failure() != null;
  }

  boolean succeeded() {
    return end.isCompleted() && end.getFailure() == null;
  }

  /** Its end; a failure is thrown there. */
  Promise<Void> end() {
    return end;
  }

  /** Calls it off and waits until it has let go, whatever it comes to. */
  void callOff() {
    if (!end.isCompleted()) {
      scope.cancel();
    }
    settle();
  }

  /** Waits for its end, even when whoever waits is called off meanwhile. */
  private void settle() {
    end.handle((value, failure) -> failure == null).get();
  }
}
