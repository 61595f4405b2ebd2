package dev.kedge.throttle;

import dev.kedge.activity.Failures;
import java.sql.SQLException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one lane to its part of the budget, and to the rate. Asked between two transactions; for
 * one thread.
 */
public final class Throttle {
  private static final Logger LOG = LoggerFactory.getLogger(Throttle.class);

  // With guards, a stop is seen within it; without, only a tuned rate is looked for.
  private static final long LOOK_GUARDED = 250_000_000L;
  private static final long LOOK_FREE = 1_000_000_000L;
  // Beyond this what was seen last counts no more, as for the row itself.
  private static final long STALE = 10_000_000_000L;
  private static final long SLICE_MILLIS = 100;
  // What a chunk writes has to reach the disk before the next commit of the application does: a
  // slow rate comes in small pieces.
  private static final long CHUNKS_PER_SECOND = 16;

  private final @Nullable Subject subject;
  private final int lane;
  private final boolean guarded;
  private final Readers readers;

  private Look look = Look.NOTHING;
  private long lookedAt;
  private long lookAt = System.nanoTime();
  private long worked;
  private long restedFrom;
  private long rateUntil = System.nanoTime();
  private long rate;

  /** What a lane may do next. */
  public enum Turn {
    /** One transaction. */
    GO,
    /** Nothing yet, but soon; a part of the wait is over. */
    WAIT,
    /** Nothing until the budget rises; what is held for work is better given back. */
    STOP
  }

  /** One transaction of a lane. */
  @FunctionalInterface
  public interface Step<T> {
    T run() throws SQLException;
  }

  /** What a throttle asks of its worker. */
  interface Readers {
    /** Has the signals read, beside the lane. */
    void tick();

    /** A chunk begins that may be in somebody's way. */
    void begin();

    /** It has ended. */
    void end();
  }

  private static final Readers IDLE =
      new Readers() {
        @Override
        public void tick() {}

        @Override
        public void begin() {}

        @Override
        public void end() {}
      };

  /**
   * @param subject null for nobody's
   * @param lane its number, from 1
   * @param guarded whether the spec has any bound
   */
  Throttle(@Nullable Subject subject, int lane, boolean guarded, Readers readers) {
    this.subject = subject;
    this.lane = lane;
    this.guarded = guarded;
    this.readers = readers;
  }

  /** Lets everything pass. */
  public static Throttle none() {
    return new Throttle(null, 1, false, IDLE);
  }

  /**
   * What to do next; waits for a moment unless it is {@link Turn#GO}. Fails with {@link
   * Failures#GUARD_PAUSE} or {@link Failures#GUARD_ABORT} when a bound says so. Of an epoch that is
   * over it lets everything pass: the fence says that better.
   */
  public Turn turn() {
    attend();
    if (!guarded) {
      look();
    }
    if (!look.current()) {
      return Turn.GO;
    }
    double duty = duty();
    if (duty <= 0) {
      sleep(SLICE_MILLIS);
      return Turn.STOP;
    }
    long wait = Math.max(rest(duty), rateWait()) / 1_000_000;
    if (wait <= 0) {
      return Turn.GO;
    }
    sleep(Math.min(wait, SLICE_MILLIS));
    return Turn.WAIT;
  }

  /** Does one transaction and reckons the time it took, and the rows. */
  public <T> T pace(Step<T> step, LongSupplier rows) throws SQLException {
    long before = rows.getAsLong();
    long begun = System.nanoTime();
    readers.begin();
    try {
      return step.run();
    } finally {
      readers.end();
      restedFrom = System.nanoTime();
      worked = restedFrom - begun;
      charge(rows.getAsLong() - before);
    }
  }

  /** The most rows a chunk should have under the rate. */
  public long mostRows() {
    return look.maxRate() > 0 ? Math.max(1, look.maxRate() / CHUNKS_PER_SECOND) : Long.MAX_VALUE;
  }

  /**
   * Looks after the signals without being bound by them, for what must go on; fails as {@link
   * #turn} does.
   */
  public void attend() {
    if (!guarded) {
      return;
    }
    look();
    String trip = look.trip();
    if (!look.current()) {
      return;
    }
    if (trip != null) {
      throw look.abort() ? Failures.guardAbort(trip) : Failures.guardPause(trip);
    }
    if (!look.fresh()) {
      readers.tick();
    }
  }

  private void look() {
    Subject whose = subject;
    long now = System.nanoTime();
    if (whose == null || now - lookAt < 0) {
      return;
    }
    try {
      look =
          whose.run(
              sql ->
                  sql.first(ThrottleSql.LOOK, Look::of, whose.scope().epoch(), whose.id())
                      .orElse(Look.OVER));
      lookedAt = System.nanoTime();
    } catch (SQLException e) {
      LOG.debug("the budget cannot be read: {}", e.getSQLState());
      if (now - lookedAt > STALE) {
        look = Look.NOTHING;
      }
    }
    lookAt = System.nanoTime() + (guarded ? LOOK_GUARDED : LOOK_FREE);
  }

  private double duty() {
    return guarded ? look.duty(lane) : 1;
  }

  // Work of w at duty d is followed by a rest of w (1/d - 1).
  private long rest(double duty) {
    return (long) (worked * (1 / duty - 1)) - (System.nanoTime() - restedFrom);
  }

  private long rateWait() {
    // A rate that was tuned since says nothing of a wait under the one before.
    return look.maxRate() == rate && rate > 0 ? rateUntil - System.nanoTime() : 0;
  }

  private void charge(long rows) {
    Subject whose = subject;
    if (whose == null || rows <= 0 || look.maxRate() <= 0) {
      return;
    }
    rate = look.maxRate();
    rateUntil = System.nanoTime() + charge(whose, rows) * 1_000_000;
  }

  private long charge(Subject whose, long rows) {
    try {
      return whose.run(
          sql ->
              sql.first(
                      ThrottleSql.CHARGE,
                      row -> row.getLong("wait_millis"),
                      whose.id(),
                      whose.scope().epoch(),
                      rows)
                  .orElse(0L));
    } catch (SQLException e) {
      // The chunk is committed; what it says of the rate is not worth an error.
      LOG.debug("the rate cannot be reckoned: {}", e.getSQLState());
      return rows * 1_000 / rate;
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("interrupted while waiting for its part of the budget");
    }
  }
}
