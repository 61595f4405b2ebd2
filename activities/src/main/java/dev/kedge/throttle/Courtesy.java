package dev.kedge.throttle;

import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels a chunk of ours as soon as somebody is seen to wait for it: the chunk is small and done
 * again, smaller; who waits is the application. Looks only while a chunk of this worker runs, and
 * only where the spec guards against blocking.
 */
final class Courtesy {
  private static final Logger LOG = LoggerFactory.getLogger(Courtesy.class);

  /** For so long somebody may wait for a chunk. */
  static final long WAIT_MILLIS = 20;

  private static final long LOOK_EVERY_MILLIS = 40;
  private static final long LINGER_NANOS = 2_000_000_000L;

  private final Subject subject;
  private final boolean wanted;
  private final Executor beside;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicBoolean watching = new AtomicBoolean();
  private volatile long lastUsed;

  /**
   * @param wanted whether anybody cares
   * @param beside where the watch goes on
   */
  Courtesy(Subject subject, boolean wanted, Executor beside) {
    this.subject = subject;
    this.wanted = wanted;
    this.beside = beside;
  }

  void begin() {
    if (wanted) {
      running.incrementAndGet();
      lastUsed = System.nanoTime();
      if (watching.compareAndSet(false, true)) {
        beside.execute(this::watch);
      }
    }
  }

  void end() {
    if (wanted) {
      running.decrementAndGet();
    }
  }

  private void watch() {
    try {
      while (running.get() > 0 || System.nanoTime() - lastUsed < LINGER_NANOS) {
        Thread.sleep(LOOK_EVERY_MILLIS);
        if (running.get() > 0) {
          cancel();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      watching.set(false);
    }
  }

  private void cancel() {
    try {
      List<Integer> cancelled =
          subject.run(
              sql ->
                  sql.list(
                      SignalSql.CANCEL_CHUNKS,
                      row -> row.getInt("pid"),
                      WAIT_MILLIS,
                      subject.scope().migration()));
      if (!cancelled.isEmpty()) {
        subject.run(
            sql ->
                sql.update(
                    ThrottleSql.OBSERVE,
                    subject.id(),
                    subject.scope().epoch(),
                    "cancelled a chunk that somebody waited for"));
      }
    } catch (SQLException e) {
      LOG.debug("who waits for a chunk cannot be read: {}", SqlStates.describe(e));
    }
  }
}
