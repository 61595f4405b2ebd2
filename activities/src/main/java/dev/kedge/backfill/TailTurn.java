package dev.kedge.backfill;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.capture.KeyLog;
import dev.kedge.capture.PartitionWatch;
import dev.kedge.capture.PartitionsChanged;
import dev.kedge.ledger.Contention;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * A tail's turn: rounds back to back while there is something to apply, a short pause when not, and
 * after a round the change of the writing side when it is asked for.
 */
public final class TailTurn {
  private static final Duration IDLE = Duration.ofMillis(20);
  // Once nothing was written for a second: a reader that looks at the lag bears as much.
  private static final Duration IDLE_LONGER = Duration.ofMillis(100);
  private static final int SHORT_LOOKS = 50;
  private static final Duration NOTHING_TO_FOLLOW = Duration.ofMillis(200);
  // An idle tail shows that it lives, and keeps its window short.
  private static final Duration ROUND_AT_LEAST = Duration.ofSeconds(1);
  // Ranges that are filled one after the other are taken over together: a round costs what ten
  // chunks' statements around their rows do. The last ones are waited for.
  private static final Duration JOIN_AT_MOST = Duration.ofMillis(250);
  private static final Duration TRIM_EVERY = Duration.ofSeconds(5);
  private static final Duration AGAIN_EVERY = Duration.ofSeconds(1);
  // Longer than the lease of a lane that died, whose range then somebody else takes.
  private static final int PATIENCE_FOR_OTHERS = 150;
  // Some hundred megabytes; a whole compare costs less than a second per million rows.
  private static final long LONGEST_LOG = 1_000_000;

  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final Rounds round;
  private final Turnover turnover;
  private final Heartbeat heartbeat;
  private final TailRow tail;
  private final PartitionWatch partitions;

  private long rounds;
  private long keys;
  // A turn begins with a round.
  private long roundAt = System.nanoTime() - ROUND_AT_LEAST.toNanos();
  private long trimAt = System.nanoTime() + TRIM_EVERY.toNanos();
  private long againAt = System.nanoTime();
  private int failures;
  private int idleLooks;
  private boolean more;
  private boolean captured;

  /** Changes the writing side right after a round. */
  @FunctionalInterface
  public interface Turnover {
    /** Tries once, if it is time to; what is in the way it notes in the ledger. */
    void attempt(TailRow.Look look) throws SQLException;
  }

  /** One round of whatever a move needs now. */
  @FunctionalInterface
  public interface Rounds {
    TailRound.Done run(TailRow.Look look) throws SQLException;
  }

  public TailTurn(
      Database database,
      MoveScope request,
      long migration,
      Rounds round,
      Turnover turnover,
      Heartbeat heartbeat) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.round = round;
    this.turnover = turnover;
    this.heartbeat = heartbeat;
    this.tail = new TailRow(request, migration);
    this.partitions = new PartitionWatch(database, request, migration);
  }

  /** Follows until the budget ends, the epoch or the move is over. */
  public TailResult run(Duration budget) throws SQLException {
    long until = System.nanoTime() + budget.toNanos();
    while (System.nanoTime() - until < 0) {
      heartbeat.beat();
      Optional<Outcome> end = patiently();
      if (end.isPresent()) {
        return new TailResult(end.get(), rounds, keys);
      }
    }
    return new TailResult(Outcome.BUDGET, rounds, keys);
  }

  private Optional<Outcome> patiently() throws SQLException {
    try {
      Optional<Outcome> end = step();
      failures = 0;
      return end;
    } catch (SQLException e) {
      Contention.count(database, request.scope(), e);
      if (e instanceof PartitionsChanged) {
        partitions.lookSoon();
      }
      boolean collision = Collision.mayPass(request.move(), e);
      if (++failures > (collision ? PATIENCE_FOR_OTHERS : SqlStates.tries(e))) {
        if (collision) {
          throw Collision.stays(request.move(), null, e);
        }
        throw e;
      }
      Pause.aboutMillis(Math.min(500, 5L << Math.min(failures, 7)));
      return Optional.empty();
    } catch (ApplicationFailure e) {
      // A fence that finds no row: the move may be over since it was looked at.
      if (e.getType().equals(Failures.FENCED) && tail.look(database).isEmpty()) {
        return Optional.of(Outcome.DONE);
      }
      throw e;
    }
  }

  private Optional<Outcome> step() throws SQLException {
    Optional<TailRow.Look> found = look();
    if (found.isEmpty()) {
      return Optional.of(Outcome.DONE);
    }
    TailRow.Look look = found.get();
    if (!look.current()) {
      return Optional.of(Outcome.FENCED);
    }
    boolean attended = partitions.attend(look);
    // Not while keys are still being logged: a round takes them all at once.
    boolean worked = !attended && follows(look) && due(look) && round(look) > 0;
    if (look.wanted() != null || look.flipping()) {
      turnover.attempt(look);
    }
    trim(look);
    tryAgain(look);
    if (worked || attended) {
      idleLooks = 0;
    } else {
      Pause.millis(idle(look).toMillis());
    }
    return Optional.empty();
  }

  private Duration idle(TailRow.Look look) {
    if (!follows(look)) {
      return NOTHING_TO_FOLLOW;
    }
    boolean awaited = look.wanted() != null || look.flipping() || look.filled() > 0;
    idleLooks = awaited ? 0 : idleLooks + 1;
    return idleLooks > SHORT_LOOKS ? IDLE_LONGER : IDLE;
  }

  private boolean follows(TailRow.Look look) {
    return look.forward() || !request.move().reverse().isEmpty();
  }

  private boolean due(TailRow.Look look) {
    long since = System.nanoTime() - roundAt;
    if (look.wanted() != null && !request.move().leads() && look.outside() == 0) {
      // Whoever hands over makes these rounds, too, and must find the fence free for that.
      return since >= ROUND_AT_LEAST.toNanos();
    }
    boolean joins =
        look.filled() > 0 && (look.filled() == look.outside() || since >= JOIN_AT_MOST.toNanos());
    return more
        || joins
        || look.wanted() != null
        || look.flipping()
        || since >= ROUND_AT_LEAST.toNanos()
        || captured;
  }

  // Both in one transaction, since an idle tail does nothing else.
  private Optional<TailRow.Look> look() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(),
        sql -> {
          Optional<TailRow.Look> found = tail.look(sql);
          captured = found.isPresent() && isCaptured(sql, found.get());
          return found;
        });
  }

  private boolean isCaptured(Sql sql, TailRow.Look look) throws SQLException {
    String applied = look.applied();
    if (applied == null || more || !look.current() || !follows(look)) {
      return false;
    }
    return Window.exceeds(sql, direction(look).log(), applied, 0);
  }

  private long round(TailRow.Look look) throws SQLException {
    TailRound.Done done = heartbeat.during(RoundSql.LONGEST, () -> round.run(look));
    roundAt = System.nanoTime();
    rounds++;
    keys += done.keys();
    more = done.keys() > 0;
    return done.keys();
  }

  private Direction direction(TailRow.Look look) {
    MovePlan move = request.move();
    return look.forward() ? Direction.forward(migration, move) : Direction.reverse(migration, move);
  }

  private void tryAgain(TailRow.Look look) throws SQLException {
    if (!request.move().quarantine()
        || !follows(look)
        || look.outside() > 0
        || look.synchronous()
        || System.nanoTime() - againAt < 0) {
      return;
    }
    againAt = System.nanoTime() + AGAIN_EVERY.toNanos();
    new QuarantineRetry(database, request, migration, direction(look)).run();
  }

  private void trim(TailRow.Look look) throws SQLException {
    if (System.nanoTime() - trimAt < 0 || !follows(look)) {
      return;
    }
    trimAt = System.nanoTime() + TRIM_EVERY.toNanos();
    KeyLog log = direction(look).log();
    int move = request.move().number();
    database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "trim").relaxed(),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          sql.update(WindowSql.forgetCompare(log), migration, move, migration, move, LONGEST_LOG);
          return sql.update(WindowSql.trim(log), migration, move, migration, move, migration, move);
        });
  }
}
