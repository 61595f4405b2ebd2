package dev.kedge.cutover;

import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application that writes several tables of one side in one transaction, at every isolation
 * level, and goes to the other side when one refuses. There it must be let in: a refusal by both
 * sides in a row is an error.
 */
final class SplitApplication {
  private static final List<String> LEVELS =
      List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");

  private final PostgresExtension postgres;
  private final List<String> oldSide;
  private final List<String> newSide;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final List<Thread> threads = new java.util.ArrayList<>();

  final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
  final AtomicLong commits = new AtomicLong();
  final AtomicLong refusals = new AtomicLong();

  /**
   * @param oldSide statements of a transaction on the old side, each with one bind for the key
   * @param newSide the same for the new side
   */
  SplitApplication(PostgresExtension postgres, List<String> oldSide, List<String> newSide) {
    this.postgres = postgres;
    this.oldSide = oldSide;
    this.newSide = newSide;
  }

  SplitApplication start() {
    for (String level : LEVELS) {
      Thread thread = new Thread(() -> run(level), "application " + level);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    return this;
  }

  void stop() throws InterruptedException {
    stopped.set(true);
    for (Thread thread : threads) {
      thread.join(20_000);
    }
  }

  private void run(String level) {
    Random random = new Random(level.hashCode());
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      boolean newer = false;
      while (!stopped.get()) {
        newer = write(connection, level, newer, 1 + random.nextInt(100));
      }
    } catch (SQLException e) {
      errors.add(level + ": " + e.getMessage());
    }
  }

  /** Writes one row; returns the side that took it. */
  private boolean write(Connection connection, String level, boolean newer, int key)
      throws SQLException {
    boolean side = newer;
    int refused = 0;
    while (!stopped.get()) {
      try {
        transaction(connection, level, side ? newSide : oldSide, key);
        commits.incrementAndGet();
        return side;
      } catch (SQLException e) {
        connection.rollback();
        if ("KD001".equals(e.getSQLState())) {
          refusals.incrementAndGet();
          side = !side;
          if (++refused == 2) {
            errors.add(level + ": both sides refused: " + e.getMessage());
          }
        } else if (!List.of("40001", "40P01").contains(String.valueOf(e.getSQLState()))) {
          throw e;
        }
      }
    }
    return side;
  }

  private static void transaction(
      Connection connection, String level, List<String> statements, int key) throws SQLException {
    Sql sql = new Sql(connection);
    sql.execute("SET TRANSACTION ISOLATION LEVEL " + level);
    for (String statement : statements) {
      sql.update(statement, key);
    }
    connection.commit();
  }
}
