package dev.kedge.schema;

import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Looks after one attempt of a statement from another session: who blocks it, and that whoever
 * asked for it hears of it. A cancelled asker cancels the statement.
 */
final class Watch implements AutoCloseable {
  // Before lock_timeout is over, or there is nothing to see any more.
  private static final Duration FIRST_LOOK = Duration.ofMillis(40);
  private static final Duration PERIOD = Duration.ofSeconds(3);

  private final Database database;
  private final String migration;
  private final String doing;
  private final Pulse pulse;
  private final Thread thread;
  private volatile @Nullable PGConnection watched;
  private volatile String blockers = "";
  private volatile @Nullable RuntimeException cancelled;

  Watch(Database database, String migration, String doing, Pulse pulse) {
    this.database = database;
    this.migration = migration;
    this.doing = doing;
    this.pulse = pulse;
    this.thread = new Thread(this::look, "kedge-watch-" + migration);
    thread.setDaemon(true);
  }

  /** Begins to watch what this connection does. */
  void over(Connection connection) throws SQLException {
    watched = connection.unwrap(PGConnection.class);
    if (thread.getState() == Thread.State.NEW) {
      thread.start();
    }
  }

  /** Who was seen in the way, never with a query's text; empty when nobody was. */
  String blockers() {
    return blockers;
  }

  /** Throws what the asker threw when he was told. */
  void check() {
    RuntimeException thrown = cancelled;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      // The look under way may be the one that sees the blockers.
      thread.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    try {
      Thread.sleep(FIRST_LOOK.toMillis());
      while (true) {
        lookOnce();
        Thread.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookOnce() {
    PGConnection connection = watched;
    if (connection == null) {
      return;
    }
    List<String> seen = seen(connection.getBackendPID());
    if (!seen.isEmpty()) {
      blockers = String.join(", ", seen);
    }
    try {
      pulse.beat(seen.isEmpty() ? doing : doing + ": waits for " + blockers);
    } catch (RuntimeException e) {
      cancelled = e;
      cancel(connection);
    }
  }

  private List<String> seen(int pid) {
    try {
      return database.inTransaction(
          Transaction.readCommitted(migration, "watch"),
          sql -> sql.list(BlockerSql.BLOCKERS, Watch::describe, pid));
    } catch (SQLException | RuntimeException e) {
      // Not seeing the blockers is no reason to stop what they block.
      return List.of();
    }
  }

  private static String describe(ResultSet row) throws SQLException {
    String age = row.getString("seconds") == null ? "" : ", " + row.getLong("seconds") + " s";
    return "pid %d (%s%s)".formatted(row.getInt("pid"), row.getString("name"), age);
  }

  private static void cancel(PGConnection connection) {
    try {
      connection.cancelQuery();
    } catch (SQLException e) {
      // The statement ends by itself; its step is fenced.
    }
  }
}
