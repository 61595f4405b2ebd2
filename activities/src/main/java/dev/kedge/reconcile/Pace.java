package dev.kedge.reconcile;

import java.time.Duration;

/** How many rows a chunk of a compare has, so that it takes about a tenth of a second. */
final class Pace {
  private static final Duration AIM = Duration.ofMillis(100);
  private static final int MOST = 50_000;

  private int rows;

  Pace(int rows) {
    this.rows = rows;
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
