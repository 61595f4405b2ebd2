package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.Applier;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.TailRound;
import dev.kedge.backfill.TailTurn;
import dev.kedge.backfill.Window;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Roles;
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
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes the writing side of a copy, right after a round of the tail: locks both tables against
 * writers, applies what is left, proves that nothing differs, and switches capture and guards. READ
 * COMMITTED, because what is read must be what the lock made final; a snapshot taken before the
 * lock was granted would miss whoever was waited for.
 */
public final class Handover implements TailTurn.Turnover {
  /** How long the lock may be held. */
  public static final Duration HOLD = Duration.ofMillis(50);

  // More would not be converged in time; the tail takes them first.
  private static final int MOST_KEYS = 2_000;
  // An attempt and the pause after it are one to nineteen: at most 5 % of the application's time.
  private static final int PAUSE_FACTOR = 19;
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final long migration;
  private final Duration hold;
  private final TailRow tail;

  private long lockTimeoutMillis;
  private long notBefore = System.nanoTime();
  private int attempts;

  public Handover(Database database, MoveScope request, long migration, Duration hold) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.migration = migration;
    this.hold = hold;
    this.tail = new TailRow(request, migration);
  }

  @Override
  public void attempt(TailRow.Look look) throws SQLException {
    if (System.nanoTime() - notBefore < 0 || look.outside() > 0) {
      return;
    }
    String writers = new OldWriters(database, migrationName(), move).inTheWay(lockTimeout());
    if (!writers.isEmpty()) {
      note(null, "handover waits for transactions that have written: " + writers);
      pauseAfter(0);
      return;
    }
    // Looking for writers took a while: what came meanwhile is not for the lock to wait for.
    if (follows(look)) {
      new TailRound(database, request, migration, direction(look)).run();
    }
    attempts++;
    long asked = System.nanoTime();
    try {
      new Attempt().run();
    } catch (SQLException e) {
      pauseAfter(System.nanoTime() - asked);
      giveWay(e);
    }
  }

  private void giveWay(SQLException error) throws SQLException {
    switch (SqlStates.kindOf(error)) {
      case CONTENTION, TOO_LARGE ->
          note(
              null,
              "handover gave way after attempt %d: %s".formatted(attempts, error.getMessage()));
      case UNAVAILABLE, NO_SPACE, BAD_DATA, STATEMENT -> throw error;
    }
  }

  private void pauseAfter(long nanos) {
    notBefore = System.nanoTime() + Math.max(SHORTEST_PAUSE.toNanos(), PAUSE_FACTOR * nanos);
  }

  private long lockTimeout() throws SQLException {
    if (lockTimeoutMillis == 0) {
      lockTimeoutMillis =
          database.inTransaction(
              Transaction.readCommitted(migrationName(), "look").relaxed(),
              sql -> sql.one(HandoverSql.LOCK_TIMEOUT, row -> row.getLong("millis")));
    }
    return lockTimeoutMillis;
  }

  private void note(@Nullable HandoverResult result, @Nullable String blocked) throws SQLException {
    String json = result == null ? null : json(result);
    database.inTransaction(
        Transaction.readCommitted(migrationName(), "handover"),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          return sql.update(HandoverSql.NOTE, json, blocked, migration, move.number());
        });
  }

  private boolean follows(TailRow.Look look) {
    return look.forward() || !move.reverse().isEmpty();
  }

  private Direction direction(TailRow.Look look) {
    return look.forward() ? Direction.forward(migration, move) : Direction.reverse(migration, move);
  }

  private String migrationName() {
    return request.scope().migration();
  }

  static String json(HandoverResult result) {
    try {
      return Payloads.mapper().writeValueAsString(result);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a handover's result can be written as JSON", e);
    }
  }

  /** One attempt, and the clock that ends it. */
  private final class Attempt {
    private long lockedAt;
    private long keys;

    void run() throws SQLException {
      Transaction transaction =
          Transaction.readCommitted(migrationName(), "handover")
              .lockTimeout(Duration.ofMillis(lockTimeout()));
      boolean switched = database.inTransaction(transaction, this::in);
      if (switched) {
        Duration held = Duration.ofNanos(System.nanoTime() - lockedAt);
        note(new HandoverResult(true, attempts, held.toMillis(), keys, 0), null);
      }
    }

    private boolean in(Sql sql) throws SQLException {
      sql.execute("SET LOCAL plan_cache_mode = force_custom_plan");
      if (!tail.hold(sql)) {
        throw Migrations.over(request.scope());
      }
      TailRow.Look look = tail.look(sql).orElseThrow();
      if (look.wanted() == null || look.outside() > 0) {
        return false;
      }
      CaptureState.check(sql, migration, move);
      boolean follows = look.forward() || !move.reverse().isEmpty();
      Direction direction =
          look.forward() ? Direction.forward(migration, move) : Direction.reverse(migration, move);
      if (follows) {
        warmUp(sql, direction, look);
      }
      lock(sql);
      if (follows) {
        drain(sql, direction, look);
      }
      turn(sql, look.forward() ? "new" : "old");
      return true;
    }

    // What a session meets for the first time costs milliseconds: not under the lock.
    private void warmUp(Sql sql, Direction direction, TailRow.Look look) throws SQLException {
      Applier applier = new Applier(direction.projection());
      window(sql, direction, look);
      KeyScope nothing = new Window(List.of(), false).keySet(direction.log());
      applier.converge(sql, List.of(nothing));
      applier.differences(sql, nothing);
      CaptureState.read(sql, migration, move);
    }

    private void lock(Sql sql) throws SQLException {
      List<String> tables =
          sql.list(
              HandoverSql.BY_OID,
              row -> row.getString("name"),
              Quoting.table(move.source()),
              Quoting.table(move.target()));
      sql.execute(HandoverSql.lock(tables));
      lockedAt = System.nanoTime();
    }

    private void drain(Sql sql, Direction direction, TailRow.Look look) throws SQLException {
      bound(sql);
      Window window = window(sql, direction, look);
      keys = window.keys().size();
      if (keys > MOST_KEYS) {
        throw tooLong(keys + " keys are more than can be applied under the lock");
      }
      if (window.isEmpty()) {
        return;
      }
      KeyScope scope = window.emptied() ? KeyRange.ALL : window.keySet(direction.log());
      Applier applier = new Applier(direction.projection());
      bound(sql);
      applier.converge(sql, List.of(scope));
      bound(sql);
      long differences = applier.differences(sql, scope);
      if (differences > 0) {
        throw tooLong(differences + " keys still differ after they were applied");
      }
    }

    private Window window(Sql sql, Direction direction, TailRow.Look look) throws SQLException {
      String applied = look.applied();
      return applied == null
          ? new Window(List.of(), false)
          : Window.since(sql, direction.log(), applied);
    }

    private void turn(Sql sql, String writing) throws SQLException {
      bound(sql);
      Roles.write(sql, migration, move, writing);
      HandoverResult result = new HandoverResult(true, attempts, null, keys, 0);
      long turned =
          sql.update(
              HandoverSql.SWITCHED, writing, json(result), migration, move.number(), writing);
      if (turned == 0) {
        throw tooLong("it is not wanted any more");
      }
      // Both sides are locked: whoever writes from now on is not in this snapshot.
      tail.applied(sql, null, keys, 0);
      bound(sql);
    }

    private void bound(Sql sql) throws SQLException {
      long left = hold.minusNanos(System.nanoTime() - lockedAt).toMillis();
      if (left <= 0) {
        throw tooLong("the lock was held for %d ms".formatted(hold.toMillis()));
      }
      sql.execute(HandoverSql.bound(left));
    }

    private SQLException tooLong(String why) {
      return new SQLException(why, "57014");
    }
  }
}
