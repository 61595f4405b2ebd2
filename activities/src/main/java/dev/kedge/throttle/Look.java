package dev.kedge.throttle;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The controller's row as a lane sees it.
 *
 * @param current whether the epoch is the lane's
 * @param maxRate rows a second of all lanes; 0 for no bound
 * @param known whether the budget is young enough to count
 * @param fresh whether nobody need read the signals yet
 * @param budget how many lanes may work
 * @param trip the message of a bound that ends the epoch's work; null when none was reached
 * @param abort whether that bound aborts
 */
record Look(
    boolean current,
    long maxRate,
    boolean known,
    boolean fresh,
    double budget,
    @Nullable String trip,
    boolean abort) {
  /** Before the first look. */
  static final Look NOTHING = new Look(true, 0, false, false, 0, null, false);

  /** Of a migration that is gone. */
  static final Look OVER = new Look(false, 0, false, true, 0, null, false);

  static Look of(ResultSet row) throws SQLException {
    return new Look(
        row.getBoolean("current"),
        row.getLong("max_rate"),
        row.getBoolean("known"),
        row.getBoolean("fresh"),
        row.getDouble("budget"),
        row.getString("trip"),
        Guard.ABORT.label().equals(row.getString("trip_guard")));
  }

  /** The part of the time that lane number {@code lane}, from 1, may work. */
  double duty(int lane) {
    return known ? Math.max(0, Math.min(1, budget - (lane - 1))) : 0;
  }
}
