package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import java.util.concurrent.ThreadLocalRandom;

/** Waits between two transactions, never inside one. */
public final class Pause {
  private Pause() {}

  /** Waits for half of it, and up to the other half by chance. */
  public static void aboutMillis(long millis) {
    millis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }

  /** Waits. Interrupted, it fails as if the database were out of reach: somebody tries again. */
  public static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("interrupted while waiting for the next transaction");
    }
  }
}
