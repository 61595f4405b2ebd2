package dev.kedge.postgres;

import dev.kedge.plan.Quoting;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.Parser;

/**
 * The login role that runs the queries of a spec: it may read, and nothing else. Its sessions keep
 * the role's own settings, so that names mean what they mean to whoever wrote the query.
 */
public final class CheckRole {
  // Of a query for one number only one row is wanted; the second one says that there are more.
  private static final int MOST_ROWS = 2;
  private static final Duration SHORT = Duration.ofSeconds(1);

  // A server that does not end a statement in time does not answer; so much later nobody waits.
  private static final Duration MARGIN = Duration.ofSeconds(3);
  private static final int ROWS_AT_ONCE = 100;
  private static final String NOT_ONE = "the query is not one statement";

  private static final String PREAMBLE =
      """
      SET TRANSACTION ISOLATION LEVEL %s, READ ONLY;
      SET LOCAL application_name = %s;
      SET LOCAL statement_timeout = %d;
      SET LOCAL lock_timeout = 100;
      SET LOCAL idle_in_transaction_session_timeout = 5000;
      SET LOCAL jit = off""";

  private final DataSource pool;

  CheckRole(DataSource pool) {
    this.pool = pool;
  }

  /**
   * One query of a spec.
   *
   * @param migration whose spec it is of
   * @param limit how long it may take
   * @param mostRows what comes after is not sent
   * @param snapshot an exported one that it is to read; null for its own
   */
  public record Query(
      String migration, String sql, Duration limit, int mostRows, @Nullable String snapshot) {}

  /** Takes a result before its first row; more of the transaction may be asked by {@code sql}. */
  @FunctionalInterface
  public interface Reading<T> {
    T of(ResultSet rows, Sql sql) throws SQLException;
  }

  /**
   * Runs one query for at most a second, in a transaction that cannot write and is rolled back.
   * {@code result} is given the result before its first row, of which there are at most two.
   */
  public <T> T query(String migration, String query, Row<T> result) throws SQLException {
    return query(
        new Query(migration, query, SHORT, MOST_ROWS, null), (rows, sql) -> result.of(rows));
  }

  /** Runs one query in a transaction that cannot write and is rolled back. */
  public <T> T query(Query query, Reading<T> reading) throws SQLException {
    requireOneStatement(query.sql());
    try (Connection connection = pool.getConnection()) {
      int usual = connection.getNetworkTimeout();
      connection.setNetworkTimeout(
          Runnable::run, Math.toIntExact(query.limit().plus(MARGIN).toMillis()));
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(preamble(query));
        statement.setMaxRows(query.mostRows());
        // Rows come as they are read: what offends may be a whole table.
        statement.setFetchSize(ROWS_AT_ONCE);
        return reading.of(statement.executeQuery(query.sql()), new Sql(connection));
      } finally {
        leaveNothing(connection);
        connection.setNetworkTimeout(Runnable::run, usual);
      }
    }
  }

  private static String preamble(Query query) {
    String preamble =
        PREAMBLE.formatted(
            query.snapshot() == null ? "READ COMMITTED" : "REPEATABLE READ",
            Quoting.literal("kedge:" + query.migration() + ":check"),
            query.limit().toMillis());
    return query.snapshot() == null
        ? preamble
        : preamble + "; SET TRANSACTION SNAPSHOT " + Quoting.literal(query.snapshot());
  }

  // An advisory lock is the session's, and a rollback leaves it.
  private static void leaveNothing(Connection connection) throws SQLException {
    connection.rollback();
    new Sql(connection).execute("SELECT pg_catalog.pg_advisory_unlock_all()");
    connection.rollback();
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
      throw new SQLException(NOT_ONE, "42601");
    }
  }

  /**
   * Why a query failed, without what it said: the words of an error may hold a row's values.
   *
   * @param limit how long it was to take, as people say it
   */
  public static String problem(SQLException e, String limit) {
    String state = e.getSQLState();
    if ("57014".equals(state)) {
      return "it took longer than " + limit;
    }
    if (NOT_ONE.equals(e.getMessage())) {
      return NOT_ONE;
    }
    return state == null || state.startsWith("42") || state.startsWith("08")
        ? SqlStates.describe(e)
        : "it failed with SQLSTATE " + state;
  }
}
