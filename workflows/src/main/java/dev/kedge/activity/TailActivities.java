package dev.kedge.activity;

import dev.kedge.activity.BackfillActivities.Outcome;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.time.Duration;

/** Follows the writing side: applies captured keys over finished ranges, round by round. */
@ActivityInterface
public interface TailActivities {
  /**
   * Runs rounds back to back, takes finished ranges over, trims the log, and hands over or back
   * when the control schema asks for it, until the budget ends or the fence stops it. Heartbeats a
   * {@link MoveProgress}. May be repeated: a round and its snapshot commit together.
   */
  @ActivityMethod
  TailResult followTail(TailRequest request);

  /**
   * Looks after a move that nothing follows, until the budget ends or the epoch is over: about once
   * a second the signals of the spec's guards, each half minute the table and the triggers on it.
   * Heartbeats a {@link MoveProgress}; fails with {@link Failures#GUARD_PAUSE} or {@link
   * Failures#GUARD_ABORT} as a guard says, with {@link Failures#CATALOG_DIFFERS} when somebody
   * changed what was planned for. Writes nothing but readings, so it may be repeated.
   */
  @ActivityMethod
  TailResult watchGuards(TailRequest request);

  /** Returns when every range is in the tail and the last round was shorter than one chunk. */
  @ActivityMethod
  void awaitCaughtUp(MoveScope request);

  /** A tail's turn. */
  record TailRequest(MoveScope move, Duration budget) {}

  /**
   * What a tail's turn came to.
   *
   * @param outcome {@code BUDGET}, or {@code FENCED}, or {@code DONE} when the move is over
   * @param rounds rounds that committed
   * @param keys keys they applied
   */
  record TailResult(Outcome outcome, long rounds, long keys) {}
}
