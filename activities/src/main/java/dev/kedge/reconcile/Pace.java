package dev.kedge.reconcile;

import dev.kedge.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;

/**
 * How many rows a chunk of a compare has, so that it takes about a tenth of a second, and when the
 * next one may begin: a compare works as the first lane of the budget.
 */
final class Pace {
  private static final Duration AIM = Duration.ofMillis(100);
  private static final int MOST = 50_000;

  private final Throttle throttle;
  private int rows;

  Pace(int rows, Throttle throttle) {
    this.rows = rows;
    this.throttle = throttle;
  }

  /** One chunk of a compare. */
  @FunctionalInterface
  interface Step {
    void run() throws SQLException;
  }

  /** Waits until the budget allows a chunk; runs {@code pulse} before, and all the time. */
  void await(Runnable pulse) {
    do {
      pulse.run();
    } while (throttle.turn() != Throttle.Turn.GO);
  }

  /** Does a chunk, whose time counts against the budget. */
  void step(Step chunk) throws SQLException {
    throttle.pace(
        () -> {
          chunk.run();
          return "";
        },
        () -> 0);
  }

  int rows() {
    return rows;
  }

  void took(Duration time) {
    double factor = (double) AIM.toNanos() / Math.max(1, time.toNanos());
    rows = (int) Math.max(1, Math.min(MOST, rows * Math.max(0.25, Math.min(4, factor))));
  }

  void tooMuch() {
    rows = Math.max(1, rows / 8);
  }
}
