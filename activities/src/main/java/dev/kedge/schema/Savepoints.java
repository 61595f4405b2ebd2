package dev.kedge.schema;

import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Work;
import java.sql.SQLException;

/** Parts of a transaction that may fail without failing it. */
final class Savepoints {
  private Savepoints() {}

  /**
   * Runs {@code work}; when the server refuses it, everything is as before and the error is thrown.
   */
  static <T> T attempt(Sql sql, Work<T> work) throws SQLException {
    sql.execute("SAVEPOINT kedge_attempt");
    try {
      T result = work.in(sql);
      sql.execute("RELEASE SAVEPOINT kedge_attempt");
      return result;
    } catch (SQLException | RuntimeException e) {
      sql.execute("ROLLBACK TO SAVEPOINT kedge_attempt; RELEASE SAVEPOINT kedge_attempt");
      throw e;
    }
  }

  /** The same; a refusal is passed over, a lock or the server that cannot be had is not. */
  static void passOver(Sql sql, Work<?> work) throws SQLException {
    try {
      attempt(sql, work);
    } catch (SQLException e) {
      throwUnlessRefused(e);
    }
  }

  /** Throws {@code error} again unless the server understood and refused. */
  static void throwUnlessRefused(SQLException error) throws SQLException {
    SqlStates.Kind kind = SqlStates.kindOf(error);
    if (kind != SqlStates.Kind.STATEMENT && kind != SqlStates.Kind.BAD_DATA) {
      throw error;
    }
  }
}
