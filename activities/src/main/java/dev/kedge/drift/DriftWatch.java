package dev.kedge.drift;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.time.Duration;

/** Looks after the tables of one move while something works on them. For one thread. */
public final class DriftWatch {
  /** Seldom enough to cost nothing, often enough that little is done on what has changed. */
  private static final Duration EVERY = Duration.ofSeconds(30);

  private final Database database;
  private final MoveScope move;
  private final long migration;
  private final Duration every;
  private long due = System.nanoTime();

  public DriftWatch(Database database, MoveScope move, long migration) {
    this(database, move, migration, EVERY);
  }

  DriftWatch(Database database, MoveScope move, long migration, Duration every) {
    this.database = database;
    this.move = move;
    this.migration = migration;
    this.every = every;
  }

  /**
   * Looks when it is time to, the first time at once; fails with {@link Failures#CATALOG_DIFFERS}.
   */
  public void attend() throws SQLException {
    if (System.nanoTime() - due >= 0) {
      look();
      due = System.nanoTime() + every.toNanos();
    }
  }

  /** Looks now. */
  public void look() throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(move.scope().migration(), "look").relaxed(),
        sql -> {
          Drift.check(sql, migration, move.move());
          return "";
        });
  }
}
