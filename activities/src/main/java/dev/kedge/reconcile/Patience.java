package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import java.sql.SQLException;
import java.time.Duration;

/** Waits until captured keys were applied, for a bounded time. */
final class Patience {
  private final Notes notes;
  private final Runnable pulse;
  private final Duration limit;

  Patience(Notes notes, Runnable pulse, Duration limit) {
    this.notes = notes;
    this.pulse = pulse;
    this.limit = limit;
  }

  /** Returns whether something was applied since {@code mark} was read. */
  boolean await(long mark) throws SQLException {
    long end = System.nanoTime() + limit.toNanos();
    while (notes.mark() == mark) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause(20);
    }
    return true;
  }

  /** A short pause that says that we are alive. */
  void pause(long millis) {
    pulse.run();
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("the worker shuts down; the compare goes on from where it is");
    }
  }
}
