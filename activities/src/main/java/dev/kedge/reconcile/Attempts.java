package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;

/** Tries again what somebody's lock was in the way of, a few times. */
final class Attempts {
  private static final int MOST = 10;

  private final Patience patience;

  Attempts(Patience patience) {
    this.patience = patience;
  }

  /**
   * What is read.
   *
   * @param <T> what comes out
   */
  interface Look<T> {
    T look() throws SQLException;
  }

  <T> T of(Look<T> look) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return look.look();
      } catch (SQLException e) {
        if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION || attempt == MOST) {
          throw e;
        }
        patience.pause(100);
      }
    }
  }
}
