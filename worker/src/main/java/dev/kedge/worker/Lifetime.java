package dev.kedge.worker;

import java.util.ArrayList;
import java.util.List;

/**
 * The life of a process that runs until SIGTERM or SIGINT, and what is done at its end, in order.
 * Ending this way is what was asked for, so the exit code is 0.
 */
public final class Lifetime {
  private final List<Runnable> endings = new ArrayList<>();

  /** Adds something to do at the end, after what was added before. */
  public Lifetime ends(Runnable ending) {
    endings.add(ending);
    return this;
  }

  /** Returns never; the process ends in here. */
  public void await() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "kedge-end"));
    try {
      Thread.currentThread().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end() {
    for (Runnable ending : endings) {
      try {
        ending.run();
      } catch (RuntimeException e) {
        // The rest must be closed all the same, and nobody is left to hear of it.
        System.err.println("while ending: " + e);
      }
    }
    Runtime.getRuntime().halt(0);
  }
}
