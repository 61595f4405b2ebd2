package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the application at one isolation level: seeded transactions over keys of its
 * own, and now and then a last statement about keys that everybody writes.
 */
final class Client implements Runnable {
  private static final long RECONNECT_MILLIS = 100;

  private final Application application;
  private final int number;
  private final Level level;
  private final SplittableRandom random;
  private final Journal journal = new Journal();
  private final Changes changes;
  private final SharedChanges shared;
  private boolean onNew;
  private volatile @Nullable String prepared;
  private long gid;

  Client(Application application, int number, Level level, SplittableRandom random) {
    this.application = application;
    this.number = number;
    this.level = level;
    this.random = random;
    this.changes = new Changes(application, number, random, journal);
    this.shared = new SharedChanges(application, random, level);
  }

  /** Whether it knows what became of all its commits. */
  boolean settled() {
    return prepared == null && !journal.unsettled();
  }

  int number() {
    return number;
  }

  Journal journal() {
    return journal;
  }

  @Override
  public void run() {
    while (application.open() || !settled()) {
      try (Connection connection = application.connect("client-" + number)) {
        connection.setTransactionIsolation(level.jdbc());
        application.during(() -> settle(connection));
        connection.setAutoCommit(false);
        while (application.open()) {
          application.pace().await();
          application.during(() -> transact(connection));
        }
      } catch (SQLException e) {
        outage(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        application.findings().add("the application itself failed: " + e);
        return;
      }
    }
  }

  private void outage(SQLException error) {
    if (!Errors.disconnected(error)) {
      application.findings().add("the application lost its connection: " + error);
    }
    application.counters().add(Counter.OUTAGES);
    try {
      Thread.sleep(RECONNECT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One transaction. */
  private void transact(Connection connection) throws SQLException, InterruptedException {
    turn(application.onNew());
    Side side = application.side(onNew);
    boolean committing = false;
    try {
      if (random.nextInt(60) == 0) {
        Jdbc.execute(connection, "SET LOCAL session_replication_role = replica");
        changes.change(connection, side);
        application.counters().add(Counter.REPLICA);
      } else {
        work(connection, side);
      }
      if (random.nextInt(12) == 0) {
        connection.rollback();
        journal.rollback();
        application.counters().add(Counter.TAKEN_BACK);
        return;
      }
      committing = true;
      commit(connection);
    } catch (SQLException e) {
      if (Errors.disconnected(e)) {
        if (committing) {
          journal.unknown();
        } else {
          journal.rollback();
        }
        throw e;
      }
      connection.rollback();
      journal.rollback();
      application.answer(e, level, onNew);
    }
  }

  /**
   * Goes on with that side. What the new one does not hold is no concern of who writes there.
   * Called by itself, or while the application stands still.
   */
  void turn(boolean toNew) {
    if (toNew && !onNew) {
      journal.acknowledged().values().removeIf(item -> !application.shape().keeps(item));
    }
    onNew = toNew;
  }

  private void work(Connection connection, Side side) throws SQLException, InterruptedException {
    int statements = 1 + random.nextInt(3);
    for (int i = 0; i < statements; i++) {
      if (random.nextInt(10) == 0) {
        taken(connection, side);
      } else {
        changes.change(connection, side);
      }
    }
    if (random.nextInt(application.calm() ? 8_000 : 1_500) == 0) {
      Thread.sleep(500 + random.nextInt(2_500));
      application.counters().add(Counter.LONG);
    }
    if (random.nextInt(8) == 0) {
      shared.change(connection, side);
    }
  }

  /** A change that is taken back, in a transaction that goes on. */
  private void taken(Connection connection, Side side) throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    journal.save();
    changes.change(connection, side);
    connection.rollback(savepoint);
    journal.rollbackToSaved();
    application.counters().add(Counter.SAVEPOINTS);
  }

  private void commit(Connection connection) throws SQLException, InterruptedException {
    if (random.nextInt(80) == 0) {
      prepare(connection);
    } else {
      connection.commit();
    }
    committed();
  }

  private void committed() {
    journal.commit();
    changes.committed();
    application.counters().add(level.committed());
  }

  private void prepare(Connection connection) throws SQLException, InterruptedException {
    gid++;
    prepared = "stress-" + application.shape().migration() + "-" + number + "-" + gid;
    try {
      Jdbc.execute(connection, "PREPARE TRANSACTION '" + prepared + "'");
    } catch (SQLException e) {
      if (!Errors.disconnected(e)) {
        prepared = null;
      }
      throw e;
    }
    Thread.sleep(random.nextInt(20));
    connection.setAutoCommit(true);
    Jdbc.execute(connection, "COMMIT PREPARED '" + prepared + "'");
    connection.setAutoCommit(false);
    prepared = null;
    application.counters().add(Counter.PREPARED);
  }

  /** Finds out what became of a commit whose answer was lost: all of it, or nothing. */
  private void settle(Connection connection) throws SQLException {
    finishPrepared(connection);
    if (!journal.unsettled()) {
      return;
    }
    Map<Long, Optional<Item>> written = journal.pending();
    int after = 0;
    int before = 0;
    Side side = application.side(onNew);
    for (Map.Entry<Long, Optional<Item>> key : written.entrySet()) {
      Optional<Item> found = side.read(connection, key.getKey());
      Optional<Item> was = Optional.ofNullable(journal.acknowledged().get(key.getKey()));
      after += found.equals(key.getValue()) ? 1 : 0;
      before += found.equals(was) ? 1 : 0;
    }
    application.counters().add(Counter.UNKNOWN);
    if (after == written.size()) {
      committed();
    } else if (before == written.size()) {
      journal.rollback();
    } else {
      application
          .findings()
          .add("a commit with an unknown outcome is there in part, on " + side.name());
      journal.rollback();
    }
  }

  private void finishPrepared(Connection connection) throws SQLException {
    String left = prepared;
    if (left == null) {
      return;
    }
    try {
      Jdbc.execute(connection, "COMMIT PREPARED '" + left + "'");
    } catch (SQLException e) {
      // It was never prepared, or it is committed already.
      if (!Errors.state(e).equals("42704")) {
        throw e;
      }
    }
    prepared = null;
  }
}
