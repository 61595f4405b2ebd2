package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities.FlipResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.TailTurn;
import dev.kedge.backfill.Unsettled;
import dev.kedge.capture.SyncTriggers;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.synchronous.MoveRounds;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Has the application's own transactions write the target, right after a round of the tail: locks
 * the source against writers, applies what is left, and adds the synchronous triggers beside
 * capture. READ COMMITTED, as a handover is, and for the same reason. What it writes is newer than
 * the snapshots of transactions that are open: {@link Settle} waits for those.
 */
final class Flip implements TailTurn.Turnover {
  private final Database database;
  private final Member member;
  private final Duration hold;
  private final Attempts pace;

  private int attempts;

  Flip(Database database, MoveScope request, long migration, Duration hold) {
    this.database = database;
    this.member = Member.of(request, migration);
    this.hold = hold;
    this.pace = new Attempts(database, request.scope().migration());
  }

  @Override
  public void attempt(TailRow.Look look) throws SQLException {
    if (!pace.due() || look.outside() > 0) {
      return;
    }
    String writers =
        new OldWriters(database, name(), List.of(Quoting.table(member.move().source())))
            .inTheWay(pace.lockTimeout());
    if (!writers.isEmpty()) {
      note(null, "flip waits for transactions that have written: " + writers);
      pace.pauseAfter(0);
      return;
    }
    // Looking for writers took a while: what came meanwhile is not for the lock to wait for.
    new MoveRounds(database, member.scope(), member.migration()).run(look);
    attempts++;
    Attempt attempt = new Attempt();
    try {
      attempt.run();
    } catch (SQLException e) {
      pace.pauseAfter(attempt.budget.burdenNanos());
      giveWay(e);
    }
  }

  private void giveWay(SQLException error) throws SQLException {
    switch (SqlStates.kindOf(error)) {
      case CONTENTION, TOO_LARGE ->
          note(null, "flip gave way after attempt %d: %s".formatted(attempts, error.getMessage()));
      case BAD_DATA -> {
        if (!member.move().quarantine()) {
          throw error;
        }
        // The next round passes over it.
        note(null, "flip met a row that cannot be brought over");
      }
      case UNAVAILABLE, NO_SPACE, STATEMENT -> throw error;
    }
  }

  private void note(@Nullable FlipResult result, @Nullable String blocked) throws SQLException {
    String json = result == null ? null : json(result);
    database.inTransaction(
        Transaction.readCommitted(name(), "flip"),
        sql -> {
          member.hold(sql);
          return sql.update(
              FlipSql.NOTE, json, blocked, member.migration(), member.move().number());
        });
  }

  private String name() {
    return member.scope().scope().migration();
  }

  private static String json(FlipResult result) {
    try {
      return Payloads.mapper().writeValueAsString(result);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a flip's result can be written as JSON", e);
    }
  }

  /** One attempt, and the clock that ends it. */
  private final class Attempt {
    private final Budget budget = new Budget(hold);
    private Optional<String> kept = Optional.empty();
    private long keys;

    void run() throws SQLException {
      Transaction transaction =
          Transaction.readCommitted(name(), "flip")
              .lockTimeout(Duration.ofMillis(pace.lockTimeout()));
      boolean flipped = database.inTransaction(transaction, this::in);
      if (flipped) {
        note(new FlipResult(true, attempts, budget.spent().toMillis(), keys), null);
      } else if (kept.isPresent()) {
        note(null, "flip waits for " + kept.get());
        pace.pauseAfter(0);
      }
    }

    private boolean in(Sql sql) throws SQLException {
      sql.execute("SET LOCAL plan_cache_mode = force_custom_plan");
      TailRow.Look look = member.hold(sql);
      if (!look.flipping() || look.synchronous() || look.outside() > 0 || look.applied() == null) {
        return false;
      }
      kept = Unsettled.forward(sql, member.scope(), member.migration());
      if (kept.isPresent()) {
        return false;
      }
      Drain drain = new Drain(sql, member, look, budget);
      drain.check();
      drain.warmUp();
      budget.ask();
      sql.execute(HandoverSql.lock(List.of(Quoting.table(member.move().source()))));
      budget.start();
      // Taken before the log is read: whoever writes to the log without the lock comes again.
      String snapshot = sql.one(FlipSql.SNAPSHOT, row -> row.getString("snapshot"));
      keys = drain.window();
      if (keys > Attempts.MOST_KEYS) {
        throw Budget.exceeded(keys + " keys are more than can be applied under the lock");
      }
      drain.converge();
      drain.prove();
      budget.bound(sql);
      SyncTriggers.make(sql, member.migration(), member.move(), name());
      member.tail().applied(sql, snapshot, keys, 0);
      budget.bound(sql);
      return true;
    }
  }
}
