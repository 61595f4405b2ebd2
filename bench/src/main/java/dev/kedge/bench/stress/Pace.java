package dev.kedge.bench.stress;

import java.util.concurrent.atomic.AtomicLong;

/** Hands out the times at which transactions may begin: so many a second for all together. */
final class Pace {
  /** What was not used for so long is gone: a pause is not followed by a burst. */
  private static final long MEMORY_NANOS = 1_000_000_000L;

  private final long nanosBetween;
  private final AtomicLong next = new AtomicLong(System.nanoTime());

  /**
   * @param perSecond 0 for as fast as it goes
   */
  Pace(int perSecond) {
    nanosBetween = perSecond == 0 ? 0 : 1_000_000_000L / perSecond;
  }

  /** Waits for one's turn. */
  void await() throws InterruptedException {
    if (nanosBetween == 0) {
      return;
    }
    long now = System.nanoTime();
    long mine = next.getAndUpdate(at -> Math.max(at, now - MEMORY_NANOS) + nanosBetween);
    long wait = mine - now;
    if (wait > 0) {
      Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
    }
  }
}
