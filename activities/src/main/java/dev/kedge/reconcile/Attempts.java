package dev.kedge.reconcile;

import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;

/** Tries again what somebody's lock was in the way of, or whose session was ended, a few times. */
final class Attempts {
  private static final int MOST = 10;
  private static final int SESSIONS = 4;

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
        if (attempt >= most(e)) {
          throw e;
        }
        patience.pause(100);
      }
    }
  }

  private static int most(SQLException error) {
    return switch (SqlStates.kindOf(error)) {
      case CONTENTION -> MOST;
      case UNAVAILABLE -> SESSIONS;
      case TOO_LARGE, NO_SPACE, BAD_DATA, STATEMENT -> 1;
    };
  }
}
