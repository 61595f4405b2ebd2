package dev.kedge.backfill;

import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Threads for what goes on beside the work and must not keep a worker from ending. */
public final class Daemons {
  private Daemons() {}

  /** So many of them; a task that was called off leaves nothing behind. */
  public static ScheduledThreadPoolExecutor scheduled(int threads, String name) {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            threads,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }
}
