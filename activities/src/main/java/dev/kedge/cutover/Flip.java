package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities.FlipResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.Applier;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.TailTurn;
import dev.kedge.backfill.Window;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.SyncTriggers;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.synchronous.MoveRounds;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has the application's own transactions write the target, right after a round of the tail: locks
 * the source against writers, applies what is left, and adds the synchronous triggers beside
 * capture. READ COMMITTED, as a handover is, and for the same reason. What it writes is newer than
 * the snapshots of transactions that are open: {@link Settle} waits for those.
 */
final class Flip implements TailTurn.Turnover {
  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final long migration;
  private final Duration hold;
  private final TailRow tail;
  private final Attempts pace;

  private int attempts;

  Flip(Database database, MoveScope request, long migration, Duration hold) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.migration = migration;
    this.hold = hold;
    this.tail = new TailRow(request, migration);
    this.pace = new Attempts(database, request.scope().migration());
  }

  @Override
  public void attempt(TailRow.Look look) throws SQLException {
    if (!pace.due() || look.outside() > 0) {
      return;
    }
    String writers =
        new OldWriters(database, name(), List.of(Quoting.table(move.source())))
            .inTheWay(pace.lockTimeout());
    if (!writers.isEmpty()) {
      note(null, "flip waits for transactions that have written: " + writers);
      pace.pauseAfter(0);
      return;
    }
    // Looking for writers took a while: what came meanwhile is not for the lock to wait for.
    new MoveRounds(database, request, migration).run(look);
    attempts++;
    long asked = System.nanoTime();
    try {
      new Attempt().run();
    } catch (SQLException e) {
      pace.pauseAfter(System.nanoTime() - asked);
      giveWay(e);
    }
  }

  private void giveWay(SQLException error) throws SQLException {
    switch (SqlStates.kindOf(error)) {
      case CONTENTION, TOO_LARGE ->
          note(null, "flip gave way after attempt %d: %s".formatted(attempts, error.getMessage()));
      case UNAVAILABLE, NO_SPACE, BAD_DATA, STATEMENT -> throw error;
    }
  }

  private void note(@Nullable FlipResult result, @Nullable String blocked) throws SQLException {
    String json = result == null ? null : json(result);
    database.inTransaction(
        Transaction.readCommitted(name(), "flip"),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          return sql.update(FlipSql.NOTE, json, blocked, migration, move.number());
        });
  }

  private String name() {
    return request.scope().migration();
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
    private final Direction direction = Direction.forward(migration, move);
    private final Applier applier = new Applier(direction.projection());
    private long keys;

    void run() throws SQLException {
      Transaction transaction =
          Transaction.readCommitted(name(), "flip")
              .lockTimeout(Duration.ofMillis(pace.lockTimeout()));
      boolean flipped = database.inTransaction(transaction, this::in);
      if (flipped) {
        note(new FlipResult(true, attempts, budget.spent().toMillis(), keys), null);
      }
    }

    private boolean in(Sql sql) throws SQLException {
      sql.execute("SET LOCAL plan_cache_mode = force_custom_plan");
      if (!tail.hold(sql)) {
        throw Migrations.over(request.scope());
      }
      TailRow.Look look = tail.look(sql).orElseThrow(() -> Migrations.over(request.scope()));
      String applied = look.applied();
      if (!look.flipping() || look.synchronous() || look.outside() > 0 || applied == null) {
        return false;
      }
      CaptureState.check(sql, migration, move);
      warmUp(sql, applied);
      sql.execute(HandoverSql.lock(List.of(Quoting.table(move.source()))));
      budget.start();
      // Taken before the log is read: whoever writes to the log without the lock comes again.
      String snapshot = sql.one(FlipSql.SNAPSHOT, row -> row.getString("snapshot"));
      drain(sql, applied);
      budget.bound(sql);
      SyncTriggers.make(sql, migration, move, name());
      tail.applied(sql, snapshot, keys, 0);
      budget.bound(sql);
      return true;
    }

    // What a session meets for the first time costs milliseconds: not under the lock.
    private void warmUp(Sql sql, String applied) throws SQLException {
      Window.since(sql, direction.log(), applied);
      KeyScope nothing = new Window(List.of(), false).keySet(direction.log());
      applier.converge(sql, List.of(nothing));
      applier.differences(sql, nothing);
      CaptureState.read(sql, migration, move);
    }

    private void drain(Sql sql, String applied) throws SQLException {
      budget.bound(sql);
      Window window = Window.since(sql, direction.log(), applied);
      keys = window.keys().size();
      if (keys > Attempts.MOST_KEYS) {
        throw Budget.exceeded(keys + " keys are more than can be applied under the lock");
      }
      if (window.isEmpty()) {
        return;
      }
      KeyScope scope = window.emptied() ? KeyRange.ALL : window.keySet(direction.log());
      budget.bound(sql);
      applier.converge(sql, List.of(scope));
      budget.bound(sql);
      long differences = applier.differences(sql, scope);
      if (differences > 0) {
        throw Budget.exceeded(differences + " keys still differ after they were applied");
      }
    }
  }
}
