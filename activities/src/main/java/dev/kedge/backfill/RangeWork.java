package dev.kedge.backfill;

import dev.kedge.activity.Failures;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The work on one claimed range: chunks, and between them, about once a second, a round that
 * applies what was captured. After an error it asks the ledger what is true and goes on from there.
 */
final class RangeWork {
  private static final Duration ROUND_EVERY = Duration.ofSeconds(1);
  // A range may take hours, and people who tune are watching.
  private static final Duration TUNE_EVERY = Duration.ofSeconds(1);
  private static final int PATIENCE = 20;
  // Longer than the lease of a lane that died, whose range then somebody else takes.
  private static final int PATIENCE_FOR_OTHERS = 3;
  private static final int BEFORE_ASIDE = 5;

  private final Ledger ledger;
  private final Chunk chunk;
  private final @Nullable RangeRound round;
  private final Tally tally;
  private final Effort effort;

  private @Nullable Claim claim;
  private long roundAt;
  private long tuneAt;
  private int failures;
  private int collisions;
  private boolean collided;

  /** Makes the work of a lane. */
  @FunctionalInterface
  interface Maker {
    RangeWork make(Tally tally);
  }

  /**
   * How much is done at once, and how often what will pass is waited for.
   *
   * @param size how many rows a chunk has
   * @param patience how often it waits before it calls somebody
   */
  record Effort(ChunkSize size, int patience) {
    /** Learns its size; waits for about a quarter of a minute. */
    static Effort usual() {
      return new Effort(new ChunkSize(), PATIENCE);
    }
  }

  /** What became of a step. */
  enum Next {
    /** There is more of this range. */
    MORE,
    /** It is filled, or somebody else's. */
    DONE,
    /** What it waits for may be a range that nobody has. */
    ASIDE,
    /** Nothing may be written under this epoch any more. */
    FENCED
  }

  /**
   * @param round what applies captured keys; null where nothing is captured
   */
  RangeWork(Ledger ledger, Chunk chunk, @Nullable RangeRound round, Tally tally, Effort effort) {
    this.ledger = ledger;
    this.chunk = chunk;
    this.round = round;
    this.tally = tally;
    this.effort = effort;
  }

  /** Begins with a range. */
  Next take(Claim claimed) throws SQLException {
    claim = claimed;
    failures = 0;
    chunk.tune();
    tuneAt = System.nanoTime() + TUNE_EVERY.toNanos();
    roundAt = System.nanoTime() + ROUND_EVERY.toNanos();
    if (round == null || claimed.applied() != null) {
      return Next.MORE;
    }
    return attempt(claimed, () -> chunk.begin(claimed) ? claimed.nextTurn() : null);
  }

  /** One transaction: a round when it is time for one, otherwise a chunk. */
  Next step() throws SQLException {
    Claim now = Objects.requireNonNull(claim);
    tune();
    if (round != null && (collided || System.nanoTime() - roundAt >= 0)) {
      Next next = attempt(now, () -> round.run(now) ? now.nextTurn() : null);
      roundAt = System.nanoTime() + (round.wasCut() ? 0 : ROUND_EVERY.toNanos());
      return next;
    }
    return attempt(now, () -> fill(now));
  }

  private void tune() {
    if (System.nanoTime() - tuneAt < 0) {
      return;
    }
    tuneAt = System.nanoTime() + TUNE_EVERY.toNanos();
    try {
      chunk.tune();
    } catch (SQLException e) {
      // At the old pace until the next look.
      return;
    }
  }

  private @Nullable Claim fill(Claim now) throws SQLException {
    long began = System.nanoTime();
    Optional<Chunk.Filled> filled = chunk.fill(now, effort.size().rows());
    if (filled.isEmpty()) {
      return null;
    }
    collisions = 0;
    tally.chunk(filled.get().rows());
    effort.size().took(Duration.ofNanos(System.nanoTime() - began), chunk.aim());
    return filled.get().claim();
  }

  /** One transaction on the range; null when its fence found nothing. */
  private interface Attempt {
    @Nullable Claim run() throws SQLException;
  }

  private Next attempt(Claim before, Attempt attempt) throws SQLException {
    try {
      Claim after = attempt.run();
      if (after == null) {
        return lost(before);
      }
      failures = 0;
      collided = false;
      claim = after;
      return after.isOpen() ? Next.MORE : Next.DONE;
    } catch (SQLException e) {
      return failed(before, e);
    }
  }

  private Next lost(Claim before) throws SQLException {
    return ledger.reread(before.range()).epoch() == before.epoch() ? Next.DONE : Next.FENCED;
  }

  private Next failed(Claim before, SQLException error) throws SQLException {
    ledger.met(error);
    collided = Collision.mayPass(ledger.scope().move(), error);
    if (collided) {
      waitForOthers(before, error);
    } else {
      waitOrThrow(error);
    }
    // Also after a COMMIT whose answer was lost: the ledger says whether it happened.
    Claim now = ledger.reread(before.range());
    if (now.epoch() != before.epoch() || !current(now)) {
      return Next.FENCED;
    }
    claim = now;
    if (!now.isOpen()) {
      return Next.DONE;
    }
    return collided && collisions % BEFORE_ASIDE == 0 ? Next.ASIDE : Next.MORE;
  }

  private void waitForOthers(Claim before, SQLException error) {
    if (++collisions > effort.patience() * PATIENCE_FOR_OTHERS) {
      throw Collision.stays(ledger.scope().move(), before, error);
    }
    Pause.aboutMillis(Math.min(1_000, 20L << Math.min(collisions, 6)));
  }

  private void waitOrThrow(SQLException error) throws SQLException {
    SqlStates.Kind kind = SqlStates.kindOf(error);
    boolean smaller =
        (kind == SqlStates.Kind.TOO_LARGE || kind == SqlStates.Kind.BAD_DATA)
            && effort.size().shrink();
    if (!smaller && ++failures > patience(error)) {
      if (kind == SqlStates.Kind.TOO_LARGE) {
        throw tooSlow(error);
      }
      throw error;
    }
    Pause.aboutMillis(smaller ? 2 : Math.min(1_000, 20L << Math.min(failures, 6)));
  }

  private boolean current(Claim now) {
    return now.epoch() == ledger.scope().scope().epoch();
  }

  // Out of reach, each try may take a connection timeout, and Temporal tries again anyway. A
  // transaction that the server ended because we stood still for a moment is like contention.
  private int patience(SQLException error) {
    if (SqlStates.wasSilent(error)) {
      return effort.patience();
    }
    return switch (SqlStates.kindOf(error)) {
      case CONTENTION -> effort.patience();
      case UNAVAILABLE -> 2;
      // Even one row; a machine that stands still for a moment is no reason to call somebody.
      case TOO_LARGE -> 8;
      case NO_SPACE, BAD_DATA, STATEMENT -> 0;
    };
  }

  private RuntimeException tooSlow(SQLException error) {
    MovePlan move = ledger.scope().move();
    return Failures.statementFailed(
        """
        filling %s%s: not even a chunk of one row ends in its time (%s); nothing of it was written
        help: make the expression or the table's own triggers cheaper for that row, or change it"""
            .formatted(move.target(), where(), SqlStates.describe(error)));
  }

  /** Where it is, for messages. */
  String where() {
    Claim now = claim;
    return now == null || now.cursor() == null
        ? ""
        : " above key " + String.join(", ", now.cursor());
  }
}
