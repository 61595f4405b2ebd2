package dev.kedge.cutover;

import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An application without manners: writes at every isolation level, changes keys, rolls back, keeps
 * transactions open. It writes table {@code a} until that refuses, then {@code b}, then again.
 */
final class RandomApplication {
  private static final List<String> LEVELS =
      List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");
  // Its own conflicts.
  private static final Set<String> EXPECTED = Set.of("40001", "40P01", "23505");
  private static final String REFUSED = "KD001";

  private final PostgresExtension postgres;
  private final long seed;
  private final int keys;
  private final List<String> levels;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean newSide;

  final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
  final AtomicLong commits = new AtomicLong();
  final AtomicLong conflicts = new AtomicLong();
  final AtomicLong refusals = new AtomicLong();
  final AtomicLong longestMillis = new AtomicLong();

  RandomApplication(PostgresExtension postgres, long seed, int keys) {
    this(postgres, seed, keys, LEVELS);
  }

  RandomApplication(PostgresExtension postgres, long seed, int keys, List<String> levels) {
    this.levels = levels;
    this.postgres = postgres;
    this.seed = seed;
    this.keys = keys;
  }

  void start(int connections) {
    for (int i = 0; i < connections; i++) {
      Random random = new Random(seed + i);
      Thread thread = new Thread(() -> run(random), "application-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  void stop() throws InterruptedException {
    stopped.set(true);
    for (Thread thread : threads) {
      thread.join(20_000);
    }
  }

  /** Runs a check while no transaction of the application is open. */
  void standStill(Check check) throws Exception {
    gate.writeLock().lock();
    try {
      check.run();
    } finally {
      gate.writeLock().unlock();
    }
  }

  interface Check {
    void run() throws Exception;
  }

  private void run(Random random) {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      Sql sql = new Sql(connection);
      sql.execute("SET application_name = 'application'; SET TimeZone = 'Asia/Tokyo'");
      connection.commit();
      while (!stopped.get()) {
        gate.readLock().lock();
        try {
          transaction(connection, sql, random);
        } finally {
          gate.readLock().unlock();
        }
        sleep(random.nextInt(8));
      }
    } catch (SQLException e) {
      errors.add("connection: " + e);
    }
  }

  private void transaction(Connection connection, Sql sql, Random random) throws SQLException {
    boolean toNew = newSide;
    long began = System.nanoTime();
    boolean sleeps = random.nextInt(60) == 0;
    try {
      sql.execute("SET TRANSACTION ISOLATION LEVEL " + levels.get(random.nextInt(levels.size())));
      if (random.nextInt(3) == 0) {
        sql.first("SELECT count(*) FROM a WHERE id < 10", row -> "");
      }
      int statements = 1 + random.nextInt(4);
      for (int i = 0; i < statements; i++) {
        statement(sql, random, toNew);
        if (sleeps) {
          sleep(20 + random.nextInt(80));
        }
      }
      if (random.nextInt(10) == 0) {
        connection.rollback();
      } else {
        connection.commit();
        commits.incrementAndGet();
      }
    } catch (SQLException e) {
      connection.rollback();
      note(e, toNew);
    }
    if (!sleeps) {
      long millis = (System.nanoTime() - began) / 1_000_000;
      longestMillis.accumulateAndGet(millis, Math::max);
    }
  }

  private void note(SQLException e, boolean toNew) {
    if (REFUSED.equals(e.getSQLState())) {
      refusals.incrementAndGet();
      newSide = !toNew;
    } else if (EXPECTED.contains(String.valueOf(e.getSQLState()))) {
      conflicts.incrementAndGet();
    } else {
      errors.add(e.getSQLState() + " " + e.getMessage());
    }
  }

  private void statement(Sql sql, Random random, boolean toNew) throws SQLException {
    boolean undone = random.nextInt(8) == 0;
    if (undone) {
      sql.execute("SAVEPOINT s");
    }
    change(sql, random, toNew ? "b" : "a", toNew ? 100 : 1);
    if (undone) {
      sql.execute("ROLLBACK TO s");
    }
  }

  private void change(Sql sql, Random random, String table, int factor) throws SQLException {
    int id = 1 + random.nextInt(keys);
    int n = random.nextInt(1_000) * factor;
    String code = "c" + random.nextInt(Integer.MAX_VALUE);
    switch (random.nextInt(10)) {
      case 0, 1 ->
          sql.update(
              "INSERT INTO " + table + " VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
              id,
              "i" + n,
              n,
              code);
      case 2 -> sql.update("DELETE FROM " + table + " WHERE id = ?", id);
      case 3 ->
          sql.update("UPDATE " + table + " SET id = ? WHERE id = ?", 1 + random.nextInt(keys), id);
      case 4 -> {
        sql.update("DELETE FROM " + table + " WHERE id = ?", id);
        sql.update("INSERT INTO " + table + " VALUES (?, 're', ?, ?)", id, n, code);
      }
      case 5 ->
          sql.update("UPDATE " + table + " SET n = ? WHERE id BETWEEN ? AND ?", n, id, id + 20);
      case 6 -> swapCodes(sql, table, id);
      default -> sql.update("UPDATE " + table + " SET v = ?, n = ? WHERE id = ?", "u" + n, n, id);
    }
  }

  /** Two rows exchange what is unique. */
  private static void swapCodes(Sql sql, String table, int id) throws SQLException {
    List<String> codes =
        sql.list(
            "SELECT code FROM " + table + " WHERE id IN (?, ?) ORDER BY id",
            row -> row.getString(1),
            id,
            id + 1);
    if (codes.size() == 2) {
      sql.update("UPDATE " + table + " SET code = code || '/' WHERE id = ?", id);
      sql.update("UPDATE " + table + " SET code = ? WHERE id = ?", codes.get(0), id + 1);
      sql.update("UPDATE " + table + " SET code = ? WHERE id = ?", codes.get(1), id);
    }
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
