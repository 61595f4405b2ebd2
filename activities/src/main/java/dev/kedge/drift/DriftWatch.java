package dev.kedge.drift;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import java.sql.SQLException;
import java.time.Duration;

/** Looks after the tables of one move while something works on them. For one thread. */
public final class DriftWatch {
  /** Seldom enough to cost nothing, often enough that little is done on what has changed. */
  private static final Duration EVERY = Duration.ofSeconds(30);

  private final Database database;
  private final MoveScope move;
  private final long migration;
  private final Work<?> more;
  private long due = System.nanoTime();

  public DriftWatch(Database database, MoveScope move, long migration) {
    this(database, move, migration, sql -> "");
  }

  private DriftWatch(Database database, MoveScope move, long migration, Work<?> more) {
    this.database = database;
    this.move = move;
    this.migration = migration;
    this.more = more;
  }

  /** The same that looks at more, in the same transaction; that fails as it likes. */
  public DriftWatch and(Work<?> look) {
    return new DriftWatch(database, move, migration, look);
  }

  /**
   * Looks when it is time to, the first time at once; fails with {@link Failures#CATALOG_DIFFERS}.
   */
  public void attend() throws SQLException {
    if (System.nanoTime() - due >= 0) {
      look();
      due = System.nanoTime() + EVERY.toNanos();
    }
  }

  /** Looks now. */
  public void look() throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(move.scope().migration(), "look").relaxed(),
        sql -> {
          Drift.check(sql, migration, move.move());
          return more.in(sql);
        });
  }
}
