package dev.kedge.postgres;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what another session or thread brings about; fails when it never comes. */
public final class Await {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  private Await() {}

  /** Returns as soon as {@code condition} holds. */
  public static void until(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + LONGEST.toSeconds() + " s");
      }
      Thread.sleep(5);
    }
  }
}
