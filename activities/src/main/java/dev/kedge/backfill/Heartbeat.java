package dev.kedge.backfill;

import dev.kedge.activity.MoveProgress;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import java.sql.SQLException;
import java.time.Duration;
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

  private final Source source;
  private final Consumer<MoveProgress> sink;
  private long due = System.nanoTime();

  /** Reads how far the move is. */
  @FunctionalInterface
  public interface Source {
    MoveProgress read() throws SQLException;
  }

  Heartbeat(Source source, Consumer<MoveProgress> sink) {
    this.source = source;
    this.sink = sink;
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

  /** Beats when a second has passed since the last beat; returns whether it did. */
  public boolean beat() {
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
