package dev.kedge.backfill;

import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A small application: three connections, one an isolation level, that run transactions made by
 * chance until they are told to stop. Its own conflicts it tries again; any other error fails.
 */
public final class ConcurrentApplication implements AutoCloseable {
  private static final List<String> LEVELS =
      List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");
  // Conflicts of its own: with itself, or two connections that insert one key.
  private static final Set<String> ITS_OWN = Set.of("40001", "40P01", "23505", "23503");

  private final PostgresExtension postgres;
  private final Function<Random, List<String>> transactions;
  private final ExecutorService threads = Executors.newFixedThreadPool(LEVELS.size());
  private final List<Future<?>> running = new ArrayList<>();
  private final AtomicLong committed = new AtomicLong();
  private volatile boolean stopped;

  private ConcurrentApplication(
      PostgresExtension postgres, Function<Random, List<String>> transactions) {
    this.postgres = postgres;
    this.transactions = transactions;
  }

  /** Starts it; {@code transactions} makes the statements of one. */
  public static ConcurrentApplication start(
      PostgresExtension postgres, long seed, Function<Random, List<String>> transactions) {
    ConcurrentApplication application = new ConcurrentApplication(postgres, transactions);
    for (int i = 0; i < LEVELS.size(); i++) {
      String level = LEVELS.get(i);
      Random random = new Random(seed + i);
      application.running.add(
          application.threads.submit(
              () -> {
                application.run(level, random);
                return "";
              }));
    }
    return application;
  }

  /** How many transactions committed so far. */
  public long committed() {
    return committed.get();
  }

  /** Ends it, and fails with what failed in it. */
  public void stop() throws Exception {
    stopped = true;
    for (Future<?> each : running) {
      try {
        each.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdown();
  }

  private void run(String level, Random random) throws SQLException {
    try (Connection connection = postgres.connect()) {
      connection.setAutoCommit(false);
      Sql sql = new Sql(connection);
      while (!stopped) {
        try {
          sql.execute("SET TRANSACTION ISOLATION LEVEL " + level);
          for (String statement : transactions.apply(random)) {
            sql.execute(statement);
          }
          connection.commit();
          committed.incrementAndGet();
        } catch (SQLException e) {
          connection.rollback();
          if (!ITS_OWN.contains(e.getSQLState())) {
            throw e;
          }
        }
      }
    }
  }
}
