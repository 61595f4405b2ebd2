package dev.kedge.bench.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Transactions that are open across one change. */
final class Spanners {
  private static final int EACH = 14;
  private static final long BEGUN_MILLIS = 10_000;

  // That a change came is seen a little later.
  private static final long SEEN_NANOS = 500_000_000L;

  /**
   * What they are open across: a change of the writing side, or a flip, which changes none.
   *
   * @param fromNew whether the new side is written before
   * @param toNew whether it is after
   */
  record Across(boolean fromNew, boolean toNew) {}

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger begun = new AtomicInteger();
  private volatile boolean waiting = true;
  private volatile boolean happened;
  private volatile long endedAt;

  /** Opens them; returns when their snapshots are taken. */
  static Spanners open(Application application, Across across, SplittableRandom random)
      throws InterruptedException {
    Spanners together = new Spanners();
    for (int i = 0; i < EACH; i++) {
      together.add(application, Level.REPEATABLE_READ, across, random);
      together.add(application, Level.SERIALIZABLE, across, random);
    }
    long end = System.nanoTime() + BEGUN_MILLIS * 1_000_000;
    while (together.begun.get() < 2 * EACH && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    return together;
  }

  private void add(Application application, Level level, Across across, SplittableRandom random) {
    Thread thread =
        new Thread(new Spanner(application, level, across, this, random.split()), "spanner");
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  void began() {
    begun.incrementAndGet();
  }

  boolean waiting() {
    return waiting;
  }

  /** Whether the change came, and surely after that moment. */
  boolean happenedAfter(long nanos) {
    return happened && endedAt - nanos > SEEN_NANOS;
  }

  /** Lets them go on, and waits for their ends. */
  void end(boolean sideChanged) throws InterruptedException {
    endedAt = System.nanoTime();
    happened = sideChanged;
    waiting = false;
    for (Thread thread : threads) {
      thread.join(60_000);
    }
  }
}
