package dev.kedge.synchronous;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Applier;
import dev.kedge.backfill.Direction;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converges keys while the application's own transactions write the target, too. An ordinary
 * statement would put an old value back: its snapshot is older than the write it waits for. So the
 * source's row is locked, then the target's, the way those transactions do, and what is to be done
 * is decided in later statements. Waits are short, so that the application is never the one that a
 * deadlock ends.
 */
final class LockingApplier {
  private static final int BATCH = 50;
  private static final Duration BATCH_BOUND = Duration.ofMillis(50);
  private static final Duration BOUND = Duration.ofMillis(500);

  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final TailRow tail;
  private final Direction direction;
  private final Applier applier;
  private final Map<List<String>, String> bad = new LinkedHashMap<>();

  LockingApplier(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.tail = new TailRow(request, migration);
    this.direction = Direction.forward(migration, request.move());
    this.applier = new Applier(direction.projection());
  }

  /**
   * Converges keys, some at once if nobody has their rows, one by one otherwise. What is in
   * somebody's hands is left for the next round, what cannot be converged is returned with the
   * SQLSTATE.
   */
  Map<List<String>, String> apply(List<List<String>> keys) throws SQLException {
    Duration wait = Duration.ofMillis(lockTimeout());
    bad.clear();
    for (int from = 0; from < keys.size(); from += BATCH) {
      List<List<String>> batch = keys.subList(from, Math.min(keys.size(), from + BATCH));
      if (batch.size() == 1 || !tried(batch, wait)) {
        for (List<String> key : batch) {
          tried(List.of(key), wait);
        }
      }
    }
    swapped(wait);
    return Map.copyOf(bad);
  }

  // Rows that exchange what is unique stand in each other's way, wherever they are.
  private void swapped(Duration wait) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    bad.forEach(
        (key, state) -> {
          if (state.equals("23505")) {
            rows.add(key);
          }
        });
    if (rows.size() > 1 && tried(rows, wait)) {
      rows.forEach(bad::remove);
    }
  }

  private boolean tried(List<List<String>> keys, Duration wait) throws SQLException {
    boolean single = keys.size() == 1;
    Transaction transaction =
        Transaction.readCommitted(request.scope().migration(), "overtake")
            .statementTimeout(single ? BOUND : BATCH_BOUND)
            .lockTimeout(wait)
            .relaxed();
    try {
      return database.inTransaction(transaction, sql -> in(sql, keys, single));
    } catch (SQLException e) {
      switch (SqlStates.kindOf(e)) {
        case BAD_DATA -> {
          if (single) {
            bad.put(keys.get(0), e.getSQLState());
          }
        }
        case CONTENTION, TOO_LARGE -> {}
        case UNAVAILABLE, NO_SPACE, STATEMENT -> throw e;
      }
      return false;
    }
  }

  private boolean in(Sql sql, List<List<String>> keys, boolean wait) throws SQLException {
    if (!tail.hold(sql)) {
      throw Migrations.over(request.scope());
    }
    if (!tail.look(sql).orElseThrow().synchronous()) {
      return true;
    }
    KeySet scope = KeySet.of(keys.get(0).size(), keys);
    lock(sql, LookSql.lockRead(direction.projection(), scope, wait));
    lock(sql, LookSql.lockWritten(direction.projection(), scope, wait));
    // A row that came between the two.
    lock(sql, LookSql.lockRead(direction.projection(), scope, wait));
    applier.converge(sql, List.of(scope));
    sql.update(LookSql.OVERTAKEN, migration, request.move().number());
    return true;
  }

  private static void lock(Sql sql, Fragment lock) throws SQLException {
    sql.one(lock.text(), row -> row.getLong("locked"), lock.values());
  }

  private long lockTimeout() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(),
        sql -> sql.one(LookSql.LOCK_TIMEOUT, row -> row.getLong("millis")));
  }
}
