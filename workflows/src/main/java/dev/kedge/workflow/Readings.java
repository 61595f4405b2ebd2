package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.Scope;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CompletablePromise;
import io.temporal.workflow.Functions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/** Readings of progress beside a backfill, rarer and rarer. */
final class Readings {
  /** Short at first, since a small table is done in seconds. */
  private static final Duration FIRST = Duration.ofSeconds(1);

  /**
   * A reading costs eleven events: more of them an hour than four lanes would. Who asks at a
   * terminal hears what lanes said in their heartbeats meanwhile.
   */
  private static final Duration LAST = Duration.ofMinutes(10);

  /** Few before that: the first hour is to cost no more than the others. */
  private static final int RARER = 4;

  private final Functions.Func<Scope> scope;
  private final StatusBoard board;
  private final CompletablePromise<Void> overlong = Workflow.newPromise();
  private boolean wanted;
  private boolean goesOn;

  /**
   * @param goesOn whether an earlier run read before this one, so that there is nothing to hurry
   *     for: the first hour of a run has the end of the one before it and all beginnings in it
   */
  Readings(Functions.Func<Scope> scope, StatusBoard board, boolean goesOn) {
    this.scope = scope;
    this.board = board;
    this.goesOn = goesOn;
  }

  /** Reads from now on until {@link #stop}. */
  void start() {
    if (!wanted) {
      wanted = true;
      Workflow.newDetachedCancellationScope(() -> Async.procedure(this::readOn)).run();
    }
  }

  void stop() {
    wanted = false;
  }

  /**
   * Completes when the history should come to an end. Readings are what makes it grow while lanes
   * work, so they look.
   */
  Promise<Void> overlong() {
    return overlong;
  }

  /** Reads once; the status keeps the old progress when that fails. */
  void readOnce() {
    try {
      board.progress(ActivityProfiles.progress("read progress").readProgress(scope.apply()));
    } catch (ActivityFailure failure) {
      Workflow.getLogger(Readings.class).warn("progress could not be read", failure);
    }
  }

  private void readOn() {
    Duration wait = first();
    while (wanted) {
      Promise<Void> next = Timers.start(wait, "next reading");
      Workflow.await(() -> next.isCompleted() || !wanted);
      if (wanted) {
        readOnce();
      }
      if (Workflow.getInfo().isContinueAsNewSuggested()) {
        overlong.complete(null);
      }
      Duration longer = wait.multipliedBy(RARER);
      wait = longer.compareTo(LAST) > 0 ? LAST : longer;
    }
  }

  // Another move of the same run is a beginning like any other.
  private Duration first() {
    boolean rare = goesOn && Changes.readsRarelyOnceRenewed();
    goesOn = false;
    return rare ? LAST : FIRST;
  }
}
