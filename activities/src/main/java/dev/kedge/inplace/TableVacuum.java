package dev.kedge.inplace;

import dev.kedge.backfill.Daemons;
import dev.kedge.backfill.Filler;
import dev.kedge.ledger.Ledger;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Vacuums the table of a move in place while it is filled, each time another tenth of it is, so
 * that later rows take the place that earlier ones left: autovacuum comes after a fifth, and no
 * more often than once a minute. One worker at a time does; the ledger says when it was done last.
 * As autovacuum does, it gives way to whoever waits for its lock.
 */
final class TableVacuum implements Filler.Beside {
  private static final Logger LOG = LoggerFactory.getLogger(TableVacuum.class);
  private static final long LOOK_MILLIS = 250;
  private static final long GIVE_WAY_MILLIS = 100;
  // Of a small table the place is not worth the reading.
  static final long LEAST = 50_000;

  /** Slower than it could, so that the application keeps its share of the disk. */
  static final String POLITE = "SET vacuum_cost_delay = '2ms'; SET vacuum_cost_limit = 2000";

  // As far as the table's size is known; without, the least has to do.
  private static final String DUE =
      """
      UPDATE kedge.move m
      SET vacuumed = d.filled
      FROM (SELECT sum(rows) AS filled FROM kedge.range WHERE migration = ? AND move = ?) d
      WHERE m.migration = ? AND m.move = ?
        AND d.filled - m.vacuumed >= greatest(?, coalesce(m.rows_total, 0) / 10)
        AND EXISTS (SELECT FROM kedge.migration g WHERE g.id = m.migration AND g.epoch = ?)
      RETURNING d.filled""";

  private static final String GIVE_WAY =
      """
      SELECT pg_cancel_backend(v.pid) AS cancelled
      FROM (SELECT ?::int AS pid) v
      WHERE EXISTS (
        SELECT FROM pg_locks w WHERE NOT w.granted AND v.pid = ANY (pg_blocking_pids(w.pid)))""";

  private final Database database;
  private final Ledger ledger;
  private final long least;
  private final String manners;
  private final AtomicReference<@Nullable Integer> running = new AtomicReference<>();

  // One that vacuums, and one that sees who waits for it.
  private final ScheduledThreadPoolExecutor threads = Daemons.scheduled(2, "kedge-vacuum");

  /**
   * @param least rows between two of them
   * @param manners settings of the session
   */
  TableVacuum(Database database, Ledger ledger, long least, String manners) {
    this.database = database;
    this.ledger = ledger;
    this.least = least;
    this.manners = manners;
  }

  /** Begins to look after the table. */
  @SuppressWarnings("FutureReturnValueIgnored") // neither throws
  static TableVacuum whileFilling(Database database, Ledger ledger) {
    TableVacuum vacuum = new TableVacuum(database, ledger, LEAST, POLITE);
    vacuum.threads.scheduleWithFixedDelay(
        vacuum::vacuumWhenDue, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    vacuum.threads.scheduleWithFixedDelay(
        vacuum::giveWay, GIVE_WAY_MILLIS, GIVE_WAY_MILLIS, TimeUnit.MILLISECONDS);
    return vacuum;
  }

  /** Vacuums the table if it is time to; returns whether it did, whole. */
  boolean vacuumWhenDue() {
    try {
      return isDue() && vacuum();
    } catch (SQLException | RuntimeException e) {
      // It was only for the table's size: somebody wanted the lock, or the turn is over.
      LOG.debug("{} was not vacuumed: {}", table(), describe(e));
      return false;
    }
  }

  private boolean isDue() throws SQLException {
    int move = ledger.scope().move().number();
    long migration = ledger.migration();
    return database.inTransaction(
        transaction("look"),
        sql ->
            sql.first(
                    DUE,
                    row -> true,
                    migration,
                    move,
                    migration,
                    move,
                    least,
                    ledger.scope().scope().epoch())
                .isPresent());
  }

  // Its ends are left on: to cut them off would take a lock that is in everybody's way.
  private boolean vacuum() throws SQLException {
    return database.outsideTransaction(
        sql -> {
          // The pool puts its own bound back.
          sql.connection().setNetworkTimeout(Runnable::run, 0);
          sql.execute(
              "SET application_name = %s; %s"
                  .formatted(Quoting.literal("kedge:" + name() + ":vacuum"), manners));
          running.set(sql.one("SELECT pg_backend_pid() AS pid", row -> row.getInt("pid")));
          try {
            sql.execute("VACUUM (SKIP_LOCKED, TRUNCATE off, PARALLEL 0) " + table());
          } finally {
            running.set(null);
          }
          return true;
        });
  }

  /** Ends the vacuum if somebody waits for it. */
  void giveWay() {
    Integer pid = running.get();
    if (pid != null) {
      end(GIVE_WAY, pid);
    }
  }

  private void end(String statement, int pid) {
    try {
      database.inTransaction(
          transaction("look"),
          (Sql sql) -> sql.first(statement, row -> row.getBoolean("cancelled"), pid));
    } catch (SQLException | RuntimeException e) {
      LOG.debug("who waits for the vacuum of {} cannot be read: {}", table(), describe(e));
    }
  }

  /** Looks no more; what is being vacuumed is left as far as it is. */
  @Override
  public void close() {
    threads.shutdownNow();
    Integer pid = running.get();
    if (pid != null) {
      end("SELECT pg_cancel_backend(?) AS cancelled", pid);
    }
  }

  private Transaction transaction(String purpose) {
    return Transaction.readCommitted(name(), purpose).relaxed();
  }

  private String name() {
    return ledger.scope().scope().migration();
  }

  private String table() {
    return Quoting.table(ledger.scope().move().source());
  }

  private static String describe(Exception e) {
    return e instanceof SQLException sql ? SqlStates.describe(sql) : e.getClass().getSimpleName();
  }
}
