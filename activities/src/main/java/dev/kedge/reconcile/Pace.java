package dev.kedge.reconcile;

import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;

/**
 * How many rows a chunk of a compare has, so that it takes about a tenth of a second, and when the
 * next one may begin: a compare works as a lane of the budget, like a backfill.
 */
final class Pace {
  private static final Duration AIM = Duration.ofMillis(100);
  private static final int MOST = 200_000;
  // A chunk that was too much for a reason other than time is not tried again at once.
  private static final double RECOVERY = 1.05;

  private final Throttle throttle;
  private int rows;
  private double ceiling = MOST;

  Pace(int rows, Throttle throttle) {
    this.rows = rows;
    this.throttle = throttle;
  }

  /** One chunk of a compare. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws SQLException;
  }

  /** Waits until the budget allows a chunk; runs {@code pulse} before, and all the time. */
  void await(Runnable pulse) {
    do {
      pulse.run();
    } while (throttle.turn() != Throttle.Turn.GO);
  }

  /** Does a chunk, whose time counts against the budget. */
  <T> T step(Step<T> chunk) throws SQLException {
    return throttle.pace(chunk::run, () -> 0);
  }

  int rows() {
    return rows;
  }

  void took(Duration time) {
    double factor = (double) AIM.toNanos() / Math.max(1, time.toNanos());
    ceiling = Math.min(MOST, ceiling * RECOVERY);
    rows = (int) Math.max(1, Math.min(ceiling, rows * Math.max(0.25, Math.min(4, factor))));
  }

  void tooMuch() {
    ceiling = Math.max(1, rows / 2.0);
    rows = Math.max(1, rows / 8);
  }
}
