package dev.kedge.bench.measure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A fresh database; closing it drops it. Statements run in a session of their own. */
public final class BenchDatabase implements AutoCloseable {
  private final BenchServer server;
  private final String name;
  private final boolean ours;

  BenchDatabase(BenchServer server, String name) {
    this(server, name, true);
  }

  BenchDatabase(BenchServer server, String name, boolean ours) {
    this.server = server;
    this.name = name;
    this.ours = ours;
  }

  public BenchServer server() {
    return server;
  }

  /** As {@code kedge worker --database} takes it. */
  public String url() {
    return server.url(name);
  }

  /** A session with auto-commit on, in schema {@code public}. */
  public Connection connect() throws SQLException {
    return server.connect(name);
  }

  /** Runs each in a transaction of its own. */
  public void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  /** The first column of the first row of a query; 0 when there is none. */
  public long number(String query) throws SQLException {
    String text = text(query);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  /** The same as text; empty when there is none, or it is null. */
  public String text(String query) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      String text = rows.next() ? rows.getString(1) : null;
      return text == null ? "" : text;
    }
  }

  @Override
  public void close() throws SQLException {
    if (ours) {
      server.drop(name);
    }
  }
}
