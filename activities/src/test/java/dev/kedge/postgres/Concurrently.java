package dev.kedge.postgres;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Something that goes on beside the test, and what the test waits for. */
public final class Concurrently<T> {
  private static final int SECONDS = 30;

  private final FutureTask<T> task;
  private final Thread thread;

  private Concurrently(Callable<T> work) {
    task = new FutureTask<>(work);
    thread = new Thread(task, "beside-the-test");
    thread.setDaemon(true);
    thread.start();
  }

  public static <T> Concurrently<T> start(Callable<T> work) {
    return new Concurrently<>(work);
  }

  /** What came of it. */
  public T result() throws Exception {
    try {
      return task.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Whether it is inside a method of this class. */
  public boolean isIn(Class<?> type) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(type.getName()));
  }

  public boolean isDone() {
    return task.isDone();
  }

  /** Waits until a session of Kedge with this purpose waits for a lock. */
  public static void untilWaiting(PostgresExtension postgres, String purpose)
      throws SQLException, TimeoutException {
    until(
        postgres,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            + " AND application_name = 'kedge:m:"
            + purpose
            + "' AND wait_event_type = 'Lock')");
  }

  /** Waits until a query says true. */
  public static void until(PostgresExtension postgres, String query)
      throws SQLException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    try (java.sql.Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      while (!sql.one(query, row -> row.getBoolean(1))) {
        if (System.nanoTime() > deadline) {
          throw new TimeoutException("never true: " + query);
        }
        Thread.onSpinWait();
      }
    }
  }
}
