package dev.kedge.activity;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import org.jspecify.annotations.Nullable;

/** Changes which side is written. */
@ActivityInterface
public interface CutoverActivities {
  /**
   * Makes the new side the writing side. For a copy it asks the tail, which does it right after a
   * round, and waits; for a move in place it switches the trigger's halves itself. Copies that are
   * {@link dev.kedge.plan.MovePlan#together} are asked for at once and switched by one commit. Done
   * already, it says so. Heartbeats what is in the way.
   */
  @ActivityMethod
  HandoverResult handOver(MoveScope request);

  /** Makes the old side the writing side again, the same way; no-op when it is. */
  @ActivityMethod
  HandoverResult handBack(MoveScope request);

  /**
   * Has the application's own transactions write the target of a copy, and returns when that has
   * settled: from then on the target equals the source at every commit. Asks the tail for both and
   * waits; done already, or once the new side is written, it says so. Heartbeats what is in the
   * way.
   */
  @ActivityMethod
  FlipResult flip(MoveScope request);

  /**
   * What a flip came to.
   *
   * @param flipped whether the target follows synchronously now
   * @param attempts how often the lock was asked for
   * @param holdMillis how long the lock was held; null when unknown
   * @param keys keys converged under the lock; null when unknown
   */
  record FlipResult(
      boolean flipped, int attempts, @Nullable Long holdMillis, @Nullable Long keys) {}

  /**
   * What a handover came to.
   *
   * @param switched whether this call (or an earlier attempt of it) switched; false: it was so
   * @param attempts how often the lock was asked for
   * @param holdMillis how long the lock was held; null when unknown
   * @param keys keys converged under the lock; null when unknown
   * @param differences keys of that window that still differed: 0, or it was rolled back
   */
  record HandoverResult(
      boolean switched,
      int attempts,
      @Nullable Long holdMillis,
      @Nullable Long keys,
      long differences) {}
}
