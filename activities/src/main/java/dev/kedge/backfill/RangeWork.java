package dev.kedge.backfill;

import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The work on one claimed range: chunks, and between them, about once a second, a round that
 * applies what was captured. After an error it asks the ledger what is true and goes on from there.
 */
final class RangeWork {
  private static final Duration ROUND_EVERY = Duration.ofSeconds(1);
  // Of what somebody tunes, and of how wide rows are from here on.
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  // Longer than the lease of a lane that died, whose range then somebody else takes.
  private static final int PATIENCE_FOR_OTHERS = 3;
  private static final int BEFORE_ASIDE = 5;

  private final Ledger ledger;
  private final Chunk chunk;
  private final @Nullable RangeRound round;
  private final Tally tally;
  private final Effort effort;
  private final Bisection bisection = new Bisection();

  private LongSupplier most = () -> Long.MAX_VALUE;
  private @Nullable Claim claim;
  private long roundAt;
  private long lookAt;
  // The rows of the chunk that was tried last; 0 when it was none.
  private long asked;
  private long began;
  private boolean begun;
  private int failures;
  private boolean failedInChunk;
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
   * @param again how many it has when keys are walked again, most of which are right by then
   * @param patience how often it waits before it calls somebody
   */
  record Effort(ChunkSize size, ChunkSize again, int patience) {
    Effort(ChunkSize size, int patience) {
      this(size, size, patience);
    }

    /** Learns its size; waits for about a quarter of a minute. */
    static Effort usual() {
      return new Effort(new ChunkSize(), new ChunkSize(), SqlStates.Kind.CONTENTION.tries());
    }

    ChunkSize size(Claim claim) {
      return claim.pass() == 1 ? size : again;
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

  /** The same, with chunks of at most so many rows; asked before each. */
  RangeWork within(LongSupplier rows) {
    most = rows;
    return this;
  }

  /** Begins with a range. */
  Next take(Claim claimed) throws SQLException {
    claim = claimed;
    failures = 0;
    asked = 0;
    bisection.end();
    look(claimed);
    roundAt = System.nanoTime() + ROUND_EVERY.toNanos();
    begun = round == null || claimed.applied() != null;
    chunk.expect(claimed, rows(claimed));
    return begun ? Next.MORE : begin();
  }

  private Next begin() throws SQLException {
    Claim now = Objects.requireNonNull(claim);
    if (now.applied() != null) {
      // It was begun after all, and the answer lost.
      begun = true;
      return Next.MORE;
    }
    return attempt(
        now,
        () -> {
          begun = chunk.begin(now);
          return begun ? now.nextTurn() : null;
        });
  }

  /** One transaction: a round when it is time for one, otherwise a chunk. */
  Next step() throws SQLException {
    Claim now = Objects.requireNonNull(claim);
    if (!begun) {
      return begin();
    }
    if (round != null && (collided || System.nanoTime() - roundAt >= 0)) {
      asked = 0;
      Next next = attempt(now, () -> round.run(now) ? now.nextTurn() : null);
      roundAt = System.nanoTime() + (round.wasCut() ? 0 : ROUND_EVERY.toNanos());
      return next;
    }
    lookAgain(now);
    return attempt(now, () -> fill(now));
  }

  // A range may take hours, and people who tune are watching.
  private void lookAgain(Claim now) {
    if (System.nanoTime() - lookAt < 0) {
      return;
    }
    try {
      look(now);
    } catch (SQLException e) {
      // At the old pace until the next look.
      lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
    }
  }

  private void look(Claim now) throws SQLException {
    chunk.look(now);
    lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
  }

  private @Nullable Claim fill(Claim now) throws SQLException {
    asked = rows(now);
    began = System.nanoTime();
    Optional<Chunk.Filled> filled = chunk.fill(now, asked);
    if (filled.isEmpty()) {
      return null;
    }
    collisions = 0;
    long walked = filled.get().walked();
    bisection.passed(walked);
    tally.chunk(filled.get().rows(), took());
    effort.size(now).took(walked, filled.get().took(), chunk.aim());
    return filled.get().claim();
  }

  private long rows(Claim now) {
    long wanted = bisection.rows(effort.size(now).rows());
    return Math.min(most.getAsLong(), chunk.atMost(wanted));
  }

  private Duration took() {
    return Duration.ofNanos(System.nanoTime() - began);
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
      if (failedInChunk == asked > 0) {
        failures = 0;
      }
      collided = false;
      claim = after;
      return after.isOpen() ? Next.MORE : Next.DONE;
    } catch (SQLException e) {
      return failed(before, e);
    }
  }

  private Next lost(Claim before) throws SQLException {
    Claim now = ledger.reread(before.range());
    if (before.wasCut(now)) {
      claim = now;
      return Next.MORE;
    }
    return ledger.open().isPresent() ? Next.DONE : Next.FENCED;
  }

  private Next failed(Claim before, SQLException error) throws SQLException {
    ledger.met(error);
    collided = Collision.mayPass(ledger.scope().move(), error);
    if (collided) {
      waitForOthers(before, error);
    } else {
      waitOrThrow(before, error);
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

  private void waitOrThrow(Claim before, SQLException error) throws SQLException {
    boolean smaller = asked > 0 && smaller(before, error);
    if (!smaller && passedOver(before, error)) {
      return;
    }
    // A round between two tries of a chunk says nothing of the chunk.
    failedInChunk = asked > 0;
    if (!smaller && ++failures > tries(error)) {
      throw stop(error);
    }
    Pause.aboutMillis(smaller ? 2 : Math.min(1_000, 20L << Math.min(failures, 6)));
  }

  private boolean passedOver(Claim before, SQLException error) throws SQLException {
    Optional<List<String>> key = chunk.end();
    if (!ledger.scope().move().quarantine()
        || asked != 1
        || SqlStates.kindOf(error) != SqlStates.Kind.BAD_DATA
        || key.isEmpty()) {
      return false;
    }
    bisection.end();
    chunk.passOver(before, key.get(), error);
    return true;
  }

  private boolean smaller(Claim before, SQLException error) {
    return switch (SqlStates.kindOf(error)) {
      case TOO_LARGE -> effort.size(before).tooLarge(asked, took(), chunk.aim());
      case BAD_DATA -> !bisection.failed(asked);
      case CONTENTION, UNAVAILABLE, NO_SPACE, STATEMENT -> false;
    };
  }

  private boolean current(Claim now) {
    return now.epoch() == ledger.scope().scope().epoch();
  }

  private int tries(SQLException error) {
    int tries = SqlStates.tries(error);
    return tries == SqlStates.Kind.CONTENTION.tries() ? effort.patience() : tries;
  }

  private SQLException stop(SQLException error) {
    MovePlan move = ledger.scope().move();
    if (asked > 0 && SqlStates.kindOf(error) == SqlStates.Kind.TOO_LARGE) {
      throw BadRow.takesTooLong(move, chunk.end(), error);
    }
    if (asked > 0 && SqlStates.kindOf(error) == SqlStates.Kind.BAD_DATA) {
      throw BadRow.stops(move, chunk.end(), error);
    }
    return error;
  }

  /** Where it is, for messages. */
  String where() {
    Claim now = claim;
    return now == null || now.cursor() == null
        ? ""
        : " above key " + String.join(", ", now.cursor());
  }
}
