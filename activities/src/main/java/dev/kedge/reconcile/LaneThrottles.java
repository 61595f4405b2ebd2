package dev.kedge.reconcile;

import dev.kedge.throttle.Throttle;
import java.sql.SQLException;

/** The throttle of each lane of a compare; a lane has one for as long as the compare lasts. */
@FunctionalInterface
interface LaneThrottles {
  /** Of nobody's. */
  LaneThrottles NONE = lane -> Throttle.none();

  /**
   * The throttle of one lane.
   *
   * @param lane from 1
   */
  Throttle of(int lane) throws SQLException;
}
