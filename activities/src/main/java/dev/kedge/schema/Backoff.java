package dev.kedge.schema;

import dev.kedge.activity.Failures;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits longer from time to time: doubling from 100 ms to 10 s, each half of it by chance, so that
 * two who were in each other's way do not meet again.
 */
final class Backoff {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private long millis = 100;

  void pause() {
    long half = millis / 2;
    try {
      Thread.sleep(half + ThreadLocalRandom.current().nextLong(half + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("interrupted while waiting to try again");
    }
    millis = Math.min(2 * millis, LONGEST.toMillis());
  }
}
