package dev.kedge.backfill;

import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a round over very many keys when somebody of the application's waits for its locks on
 * tables, as TRUNCATE and DDL do. Its keys are then applied in {@link Pieces}. Only once until a
 * round came through: the keys have to be gone through whole in the end, and the tail must not fall
 * behind for ever.
 */
public final class GivingWay {
  private static final Logger LOG = LoggerFactory.getLogger(GivingWay.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final String CANCELLED = "57014";
  private static final ScheduledThreadPoolExecutor BESIDE =
      Daemons.scheduled(1, "kedge-giving-way");

  // Locks of rows are not meant: a round has none that the application waits for.
  private static final String WAITS =
      """
      SELECT EXISTS (
        SELECT
        FROM pg_locks w
        JOIN pg_stat_activity a ON a.pid = w.pid
        WHERE NOT w.granted AND w.locktype = 'relation'
          AND w.waitstart < clock_timestamp() - interval '20 milliseconds'
          AND a.datname = current_database() AND NOT starts_with(a.application_name, 'kedge:')
          AND ?::int = ANY (pg_blocking_pids(w.pid))) AS waits""";

  private final Database database;
  private final String migration;
  private boolean gaveWay;

  public GivingWay(Database database, String migration) {
    this.database = database;
    this.migration = migration;
  }

  /** A part of a round. */
  @FunctionalInterface
  interface Part {
    void run() throws SQLException;
  }

  /** Does a part of the round in {@code sql}'s transaction, unless somebody waits for it. */
  void during(Sql sql, Part part) throws SQLException {
    if (gaveWay) {
      part.run();
      return;
    }
    Watch watch = new Watch(sql.connection().unwrap(PGConnection.class));
    ScheduledFuture<?> looks =
        BESIDE.scheduleWithFixedDelay(
            watch::look, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    try {
      part.run();
    } catch (SQLException e) {
      gaveWay = CANCELLED.equals(e.getSQLState()) && watch.cancelled();
      throw e;
    } finally {
      looks.cancel(false);
      watch.end();
    }
  }

  /** Whether the latest round ended for somebody. */
  boolean gaveWay() {
    return gaveWay;
  }

  /** A round came through. */
  void through() {
    gaveWay = false;
  }

  /** Looks at one session's round until that is over. */
  private final class Watch {
    private final PGConnection round;
    private boolean cancelled;
    private boolean over;

    Watch(PGConnection round) {
      this.round = round;
    }

    void look() {
      try {
        if (!isOver() && somebodyWaits()) {
          cancel();
        }
      } catch (SQLException e) {
        LOG.debug("who waits for a round cannot be read: {}", SqlStates.describe(e));
      }
    }

    private boolean somebodyWaits() throws SQLException {
      return database.inTransaction(
          Transaction.readCommitted(migration, "look").relaxed(),
          sql -> sql.one(WAITS, row -> row.getBoolean("waits"), round.getBackendPID()));
    }

    // Whoever uses the session next is not meant.
    private synchronized void cancel() throws SQLException {
      if (!over) {
        cancelled = true;
        round.cancelQuery();
      }
    }

    synchronized void end() {
      over = true;
    }

    synchronized boolean isOver() {
      return over || cancelled;
    }

    synchronized boolean cancelled() {
      return cancelled;
    }
  }
}
