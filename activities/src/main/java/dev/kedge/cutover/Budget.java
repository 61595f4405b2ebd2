package dev.kedge.cutover;

import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The time that locks against the application's writers may be held, how much is left, and how long
 * writers had to bear it.
 */
final class Budget {
  private final Duration hold;
  private boolean asked;
  private long askedAt;
  private long lockedAt;

  Budget(Duration hold) {
    this.hold = hold;
  }

  /** The locks are asked for now: who wants to write waits from here on. */
  void ask() {
    asked = true;
    askedAt = System.nanoTime();
  }

  /** How long writers had to wait for this attempt until now; 0 before the locks are asked for. */
  long burdenNanos() {
    return asked ? System.nanoTime() - askedAt : 0;
  }

  /** The locks were granted just now. */
  void start() {
    lockedAt = System.nanoTime();
  }

  /** Bounds the next statement, and how long our silence may last, by what is left. */
  void bound(Sql sql) throws SQLException {
    long left = hold.minus(spent()).toMillis();
    if (left <= 0) {
      throw exceeded("the lock was held for %d ms".formatted(hold.toMillis()));
    }
    sql.execute(HandoverSql.bound(left, 2 * hold.toMillis()));
  }

  Duration spent() {
    return Duration.ofNanos(System.nanoTime() - lockedAt);
  }

  /** What ends an attempt, as the server would say it. */
  static SQLException exceeded(String why) {
    return new SQLException(why, "57014");
  }
}
