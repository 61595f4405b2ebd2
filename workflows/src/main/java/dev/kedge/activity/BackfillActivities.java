package dev.kedge.activity;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.time.Duration;

/** Fills a move's target range by range. The chunk loop is inside; history grows with time. */
@ActivityInterface
public interface BackfillActivities {
  /** Records and drops a copy's secondary indexes and constraints, in one fenced transaction. */
  @ActivityMethod
  void deferIndexes(MoveScope request);

  /**
   * Claims ranges and fills them until the budget ends, none is left to claim, or the fence says
   * "not mine any more". Heartbeats a {@link MoveProgress}. May be repeated by anybody at any time:
   * cursor and rows are in one transaction, so the ledger says where to go on.
   */
  @ActivityMethod
  LaneResult fillRanges(LaneRequest request);

  /**
   * Builds what was deferred; fails with {@link Failures#CATALOG_DIFFERS} if it came out otherwise.
   */
  @ActivityMethod
  void restoreIndexes(MoveScope request);

  /**
   * A lane's turn.
   *
   * @param lane its number, from 1
   * @param budget how long the turn may take
   */
  record LaneRequest(MoveScope move, int lane, Duration budget) {}

  /**
   * What a lane's turn came to.
   *
   * @param outcome why it ended
   * @param rows rows this turn filled
   * @param chunks transactions it committed
   */
  record LaneResult(Outcome outcome, long rows, long chunks) {}

  /** Why a turn ended. */
  enum Outcome {
    /** The budget is used up; there may be more. */
    BUDGET,
    /** Every range is done. */
    DONE,
    /** Ranges are left, but others hold them. */
    NOTHING_TO_CLAIM,
    /** The epoch is over: paused, aborted, rolled back, or adopted by another run. */
    FENCED
  }
}
