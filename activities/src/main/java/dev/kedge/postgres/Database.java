package dev.kedge.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One database, as this worker reaches it. A transaction either returns with its COMMIT
 * acknowledged or throws; then its connection is rolled back, or dropped if it cannot be.
 */
public final class Database {
  private final String name;
  private final DataSource pool;
  private final DirectCheck check;
  private final @Nullable CheckRole checkRole;
  private final List<Replica> replicas;

  /**
   * @param name as specs name it
   * @param pool connections with auto-commit off, opened with {@link Databases#SESSION}
   * @param check run before the first of them is used
   * @param checkRole null when the worker is told of none
   * @param replicas standbys the worker is told of
   */
  Database(
      String name,
      DataSource pool,
      DirectCheck check,
      @Nullable CheckRole checkRole,
      List<Replica> replicas) {
    this.name = name;
    this.pool = pool;
    this.check = check;
    this.checkRole = checkRole;
    this.replicas = List.copyOf(replicas);
  }

  public String name() {
    return name;
  }

  /** Who runs the queries of a spec; empty when the worker's configuration names nobody. */
  public Optional<CheckRole> checkRole() {
    return Optional.ofNullable(checkRole);
  }

  /** The standbys that the worker's configuration names. */
  public List<Replica> replicas() {
    return replicas;
  }

  /**
   * Runs {@code work} in one transaction and commits it. Fails with {@link
   * dev.kedge.activity.Failures#REFUSED} when a pooler stands between.
   */
  public <T> T inTransaction(Transaction transaction, Work<T> work) throws SQLException {
    check.once();
    try (Connection connection = pool.getConnection()) {
      try {
        Sql sql = new Sql(connection);
        sql.execute(transaction.preamble());
        T result = work.in(sql);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        rollBack(connection, e);
        throw e;
      }
    }
  }

  /**
   * Runs {@code work} outside any transaction: for what PostgreSQL refuses inside one, like CREATE
   * INDEX CONCURRENTLY. Settings made there with SET are reset afterwards.
   */
  public <T> T outsideTransaction(Work<T> work) throws SQLException {
    check.once();
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(true);
      try {
        return work.in(new Sql(connection));
      } finally {
        if (!connection.isClosed()) {
          new Sql(connection).execute("RESET ALL; " + Databases.SESSION);
          connection.setAutoCommit(false);
        }
      }
    }
  }

  private static void rollBack(Connection connection, Throwable cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // The pool drops a connection whose rollback fails; what matters is the first error.
      cause.addSuppressed(e);
    }
  }
}
