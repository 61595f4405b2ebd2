package dev.kedge.postgres;

import dev.kedge.plan.Quoting;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.core.Parser;

/**
 * The login role that runs the queries of a spec: it may read, and nothing else. Its sessions keep
 * the role's own settings, so that names mean what they mean to whoever wrote the query.
 */
public final class CheckRole {
  // Only one row is wanted; the second one says that there are more.
  private static final int MOST_ROWS = 2;

  private static final String PREAMBLE =
      """
      SET TRANSACTION READ ONLY;
      SET LOCAL application_name = %s;
      SET LOCAL statement_timeout = 1000;
      SET LOCAL lock_timeout = 100;
      SET LOCAL idle_in_transaction_session_timeout = 5000;
      SET LOCAL jit = off""";

  private final DataSource pool;

  CheckRole(DataSource pool) {
    this.pool = pool;
  }

  /**
   * Runs one query for at most a second, in a transaction that cannot write and is rolled back.
   * {@code result} is given the result before its first row, of which there are at most two.
   */
  public <T> T query(String migration, String query, Row<T> result) throws SQLException {
    requireOneStatement(query);
    try (Connection connection = pool.getConnection()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(PREAMBLE.formatted(Quoting.literal("kedge:" + migration + ":check")));
        statement.setMaxRows(MOST_ROWS);
        return result.of(statement.executeQuery(query));
      } finally {
        connection.rollback();
      }
    }
  }

  /** What the role may do beside reading, in words; empty when nothing. */
  public String excess() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      try {
        return new Sql(connection)
            .first(CheckRoleSql.EXCESS, row -> row.getString("excess"))
            .orElse("");
      } finally {
        connection.rollback();
      }
    }
  }

  // The driver would send several one after the other.
  private static void requireOneStatement(String query) throws SQLException {
    if (Parser.parseJdbcSql(query, true, false, true, false, false).size() != 1) {
      throw new SQLException("the query is not one statement", "42601");
    }
  }
}
