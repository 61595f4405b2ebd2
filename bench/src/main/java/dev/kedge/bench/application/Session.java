package dev.kedge.bench.application;

import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.bench.measure.Processor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * One session of an application, in its own transactions of one statement each, and the processor
 * time of the backend that serves it. Its commits do not wait for the disk, which would hide what
 * is measured and costs no processor time.
 */
public final class Session implements AutoCloseable {
  private final Connection connection;
  private final long backend;

  public Session(BenchDatabase database) throws SQLException {
    connection = database.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET synchronous_commit = off");
      backend = number(statement, "SELECT pg_backend_pid()");
    }
  }

  /** A statement that is kept; the server plans it once it has seen it a few times. */
  public PreparedStatement prepare(String sql) throws SQLException {
    return connection.prepareStatement(sql);
  }

  public void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Something done in this session. */
  @FunctionalInterface
  public interface Doing {
    void run() throws SQLException;
  }

  /**
   * What something cost.
   *
   * @param cpuSeconds of the backend
   * @param walBytes that the whole server wrote meanwhile
   */
  public record Cost(double cpuSeconds, long walBytes) {}

  /** Does it, and says what it cost. */
  public Cost cost(Doing doing) throws SQLException {
    long wal = walBytes();
    double before = Processor.seconds(backend);
    doing.run();
    double after = Processor.seconds(backend);
    return new Cost(after - before, walBytes() - wal);
  }

  private long walBytes() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return number(statement, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
    }
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
