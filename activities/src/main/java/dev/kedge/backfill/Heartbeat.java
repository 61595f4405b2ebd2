package dev.kedge.backfill;

import dev.kedge.activity.MoveProgress;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says about once a second that the work goes on, and how far it is. Throws what the heartbeat
 * throws when the activity was cancelled or timed out: between two transactions, so that the
 * current one ends first.
 */
public final class Heartbeat {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  // A quarter of the shortest timeout.
  private static final Duration MEANWHILE = Duration.ofSeconds(7);
  private static final ScheduledThreadPoolExecutor BESIDE =
      Daemons.scheduled(2, "kedge-heartbeats");

  private final Source source;
  private final Consumer<MoveProgress> sink;
  private final Duration meanwhile;
  private long due = System.nanoTime();

  /** Reads how far the move is. */
  @FunctionalInterface
  public interface Source {
    MoveProgress read() throws SQLException;
  }

  Heartbeat(Source source, Consumer<MoveProgress> sink) {
    this(source, sink, MEANWHILE);
  }

  Heartbeat(Source source, Consumer<MoveProgress> sink, Duration meanwhile) {
    this.source = source;
    this.sink = sink;
    this.meanwhile = meanwhile;
  }

  /** The heartbeat of the activity on this thread; outside of one nobody hears it. */
  public static Heartbeat ofActivity(Source source) {
    try {
      ActivityExecutionContext context = Activity.getExecutionContext();
      return new Heartbeat(source, context::heartbeat);
    } catch (IllegalStateException outsideOfActivities) {
      return new Heartbeat(source, progress -> {});
    }
  }

  /** Work that beats cannot come between. */
  @FunctionalInterface
  public interface LongWork<T> {
    T run() throws SQLException;
  }

  /**
   * Does work while somebody beside beats for it, so that nobody else takes it for dead and begins
   * the same; for as long as {@code most}, since what hangs for longer is dead.
   */
  public <T> T during(Duration most, LongWork<T> work) throws SQLException {
    long end = System.nanoTime() + most.toNanos();
    ScheduledFuture<?> beats =
        BESIDE.scheduleWithFixedDelay(
            () -> beatBeside(end),
            meanwhile.toMillis(),
            meanwhile.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      return work.run();
    } finally {
      beats.cancel(false);
    }
  }

  private void beatBeside(long end) {
    if (System.nanoTime() - end < 0) {
      try {
        beat();
      } catch (RuntimeException e) {
        // Called off: the worker's own thread hears it with its next beat.
        LOG.debug("called off", e);
      }
    }
  }

  /** Beats when a second has passed since the last beat; returns whether it did. */
  public synchronized boolean beat() {
    long now = System.nanoTime();
    if (now - due < 0) {
      return false;
    }
    due = now + EVERY.toNanos();
    MoveProgress progress;
    try {
      progress = source.read();
    } catch (SQLException e) {
      // Work that cannot be reported fails on its own, in words of its own.
      LOG.debug("progress cannot be read: {}", e.getSQLState());
      return true;
    }
    sink.accept(progress);
    return true;
  }
}
