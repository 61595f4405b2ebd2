package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.reconcile.Notes.Left;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Works on ranges side by side, each lane on a thread of its own and on one range at a time. When
 * one fails, or nobody waits any more, the others stop after their chunk.
 */
final class Crew {
  private static final long BEAT_MILLIS = 50;
  // A chunk's statements are bounded by five seconds each.
  private static final long LONGEST_SECONDS = 30;

  private final int lanes;
  private final Runnable pulse;

  /**
   * @param pulse says that we are alive, on the caller's thread; throws when nobody waits
   */
  Crew(int lanes, Runnable pulse) {
    this.lanes = lanes;
    this.pulse = pulse;
  }

  /** A lane's work on one range. */
  @FunctionalInterface
  interface Hand {
    void work(Left range) throws SQLException;
  }

  /** Makes a lane. */
  @FunctionalInterface
  interface Hire {
    /**
     * A lane that is ready to work.
     *
     * @param lane its number, from 1
     * @param pulse to be run between chunks; throws when it is to stop
     */
    Hand hand(int lane, Runnable pulse) throws SQLException;
  }

  /** Works on all of {@code ranges}; returns when the last is done. */
  void run(Collection<Left> ranges, Hire hire) throws SQLException {
    Queue<Left> queue = new ConcurrentLinkedQueue<>(ranges);
    int hands = Math.min(lanes, ranges.size());
    if (hands > 1) {
      sideBySide(queue, hands, hire);
    } else if (hands == 1) {
      work(queue, hire.hand(1, pulse));
    }
  }

  private static void work(Queue<Left> queue, Hand hand) throws SQLException {
    for (Left range = queue.poll(); range != null; range = queue.poll()) {
      hand.work(range);
    }
  }

  private void sideBySide(Queue<Left> queue, int hands, Hire hire) throws SQLException {
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads =
        Executors.newFixedThreadPool(hands, work -> new Thread(work, "kedge-compare"));
    List<Future<?>> working = new ArrayList<>();
    try {
      for (int lane = 1; lane <= hands; lane++) {
        Hand hand = hire.hand(lane, () -> goOn(stop));
        working.add(
            threads.submit(
                () -> {
                  try {
                    work(queue, hand);
                  } catch (SQLException | RuntimeException | Error e) {
                    stop.set(true);
                    throw e;
                  }
                  return null;
                }));
      }
      await(working);
    } finally {
      stop.set(true);
      threads.shutdown();
      join(threads);
    }
  }

  private static void goOn(AtomicBoolean stop) {
    if (stop.get()) {
      throw new Stopped();
    }
  }

  // What a lane failed of, not what that did to the others.
  private void await(List<Future<?>> working) throws SQLException {
    Throwable failure = null;
    for (Future<?> lane : working) {
      Throwable each = await(lane);
      if (each != null && (failure == null || failure instanceof Stopped)) {
        failure = each;
      }
    }
    if (failure instanceof SQLException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  private @org.jspecify.annotations.Nullable Throwable await(Future<?> lane) {
    while (true) {
      pulse.run();
      try {
        lane.get(BEAT_MILLIS, TimeUnit.MILLISECONDS);
        return null;
      } catch (TimeoutException e) {
        // The next beat.
      } catch (ExecutionException e) {
        return e.getCause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failures.unavailable("the worker shuts down; the compare goes on from where it is");
      }
    }
  }

  private static void join(ExecutorService threads) {
    boolean interrupted = Thread.interrupted();
    try {
      threads.awaitTermination(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Another lane failed. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
