package dev.kedge.embedded.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for what other processes bring about; fails when it never comes. */
final class Await {
  private static final Duration LONGEST = Duration.ofSeconds(240);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  private Await() {}

  static void until(String what, Callable<Boolean> condition) throws Exception {
    until(LONGEST, () -> what, condition);
  }

  /**
   * @param what the words for what never came, asked for only then
   */
  static void until(Duration longest, Supplier<String> what, Callable<Boolean> condition)
      throws Exception {
    long end = System.nanoTime() + longest.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited " + longest.toSeconds() + " s in vain for " + what.get());
      }
      Thread.sleep(LOOK_AGAIN.toMillis());
    }
  }
}
