package dev.kedge.bench.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Transactions that are open across one change of the writing side. */
final class Spanners {
  private static final int EACH = 14;
  private static final long BEGUN_MILLIS = 10_000;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger begun = new AtomicInteger();
  private volatile boolean waiting = true;
  private volatile boolean happened;

  /** Opens them; returns when their snapshots are taken. */
  static Spanners open(Application application, boolean fromNew, SplittableRandom random)
      throws InterruptedException {
    Spanners together = new Spanners();
    for (int i = 0; i < EACH; i++) {
      together.add(application, Level.REPEATABLE_READ, fromNew, random);
      together.add(application, Level.SERIALIZABLE, fromNew, random);
    }
    long end = System.nanoTime() + BEGUN_MILLIS * 1_000_000;
    while (together.begun.get() < 2 * EACH && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    return together;
  }

  private void add(Application application, Level level, boolean fromNew, SplittableRandom random) {
    Thread thread =
        new Thread(new Spanner(application, level, fromNew, this, random.split()), "spanner");
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

  boolean happened() {
    return happened;
  }

  /** Lets them go on, and waits for their ends. */
  void end(boolean sideChanged) throws InterruptedException {
    happened = sideChanged;
    waiting = false;
    for (Thread thread : threads) {
      thread.join(60_000);
    }
  }
}
