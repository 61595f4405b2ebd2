package dev.kedge.backfill;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.SqlStates;
import dev.kedge.throttle.Throttle;
import dev.kedge.throttle.Throttle.Turn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * One lane's turn: claims a range, works on it until it is filled or lost, claims the next. The
 * ledger alone says what is done; nothing is remembered here that a restart would need.
 */
final class Lane {
  private static final Duration RENEW = Duration.ofSeconds(5);

  private final Ledger ledger;
  private final RangeWork.Maker maker;
  private final Heartbeat heartbeat;
  private final Throttle throttle;
  private final long until;
  private final String owner = UUID.randomUUID().toString();
  private final Tally tally = new Tally();
  private final Set<Integer> aside = new HashSet<>();
  private long renewAt = System.nanoTime() + RENEW.toNanos();

  Lane(Ledger ledger, RangeWork.Maker maker, Heartbeat heartbeat, Duration budget) {
    this(ledger, maker, tally -> heartbeat, Throttle.none(), budget);
  }

  /**
   * @param pulse makes the heartbeat that says what the tally has
   */
  Lane(
      Ledger ledger,
      RangeWork.Maker maker,
      Function<Tally, Heartbeat> pulse,
      Throttle throttle,
      Duration budget) {
    this.ledger = ledger;
    this.maker = maker;
    this.heartbeat = pulse.apply(tally);
    this.throttle = throttle;
    this.until = System.nanoTime() + budget.toNanos();
  }

  LaneResult run() {
    RangeWork work = maker.make(tally);
    try {
      while (!over()) {
        boolean second = heartbeat.beat();
        if (throttle.turn() != Turn.GO) {
          if (second && nothingIsLeft()) {
            return result(whyNothing());
          }
          continue;
        }
        Optional<Claim> claim = claim();
        if (claim.isEmpty() && ledger.split()) {
          continue;
        }
        if (claim.isEmpty()) {
          return result(whyNothing());
        }
        RangeWork.Next next = work(work, claim.get());
        if (next == RangeWork.Next.FENCED) {
          return result(Outcome.FENCED);
        }
        if (next == RangeWork.Next.ASIDE) {
          aside.add(claim.get().range());
        }
        if (next == RangeWork.Next.ASIDE || next == RangeWork.Next.MORE) {
          release();
        }
      }
      return result(Outcome.BUDGET);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "filling " + ledger.scope().move().target() + work.where());
    } finally {
      release();
    }
  }

  // What was put aside comes last.
  private Optional<Claim> claim() throws SQLException {
    Optional<Claim> claim = ledger.claim(owner, aside);
    if (claim.isEmpty() && !aside.isEmpty()) {
      aside.clear();
      return ledger.claim(owner, aside);
    }
    return claim;
  }

  // What is still MORE at the end is given back: the turn is over, or the throttle says stop, and
  // nobody knows for how long.
  private RangeWork.Next work(RangeWork work, Claim claim) throws SQLException {
    RangeWork.Next next = work.take(claim);
    while (next == RangeWork.Next.MORE && !over()) {
      heartbeat.beat();
      renew();
      switch (throttle.turn()) {
        case GO -> next = throttle.pace(work::step, tally::rows);
        case WAIT -> {}
        case STOP -> {
          return next;
        }
      }
    }
    return next;
  }

  // Of a lane that waits for its part of the budget the others may have done the work.
  private boolean nothingIsLeft() throws SQLException {
    return ledger.open().orElse(0L) == 0;
  }

  private Outcome whyNothing() throws SQLException {
    Optional<Long> open = ledger.open();
    if (open.isEmpty()) {
      return Outcome.FENCED;
    }
    if (open.get() > 0) {
      return Outcome.NOTHING_TO_CLAIM;
    }
    ledger.noteFilled();
    return Outcome.DONE;
  }

  private boolean over() {
    return System.nanoTime() - until >= 0;
  }

  private void renew() {
    if (System.nanoTime() - renewAt < 0) {
      return;
    }
    renewAt = System.nanoTime() + RENEW.toNanos();
    try {
      ledger.renew(owner);
    } catch (SQLException e) {
      // The next renewal comes before the lease runs out; and a lease is no fence.
      return;
    }
  }

  private void release() {
    try {
      ledger.release(owner);
    } catch (SQLException e) {
      // The lease runs out by itself.
      return;
    }
  }

  private LaneResult result(Outcome outcome) {
    return new LaneResult(outcome, tally.rows(), tally.chunks());
  }
}
