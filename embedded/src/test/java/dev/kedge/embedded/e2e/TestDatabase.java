package dev.kedge.embedded.e2e;

import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.PostgresOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A database of its own for a test, on a durable server that all tests of the JVM share. */
final class TestDatabase {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name;

  private TestDatabase(String name) {
    this.name = name;
  }

  private static final class Server {
    static final EmbeddedPostgres INSTANCE = start();

    private static EmbeddedPostgres start() {
      EmbeddedPostgres server =
          EmbeddedPostgres.start(
              PostgresOptions.temporary()
                  .setting("max_connections", "200")
                  .setting("shared_buffers", "256MB"));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      return server;
    }
  }

  /** An empty database. */
  static TestDatabase create() throws SQLException {
    String name = "e" + NUMBER.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(Server.INSTANCE.jdbcUrl("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return new TestDatabase(name);
  }

  /** As {@code kedge worker --database} takes it. */
  String url() {
    return Server.INSTANCE.url(name);
  }

  /** The same for another role. */
  String url(String role) {
    return url().replaceFirst("//[^@]*@", "//" + role + "@");
  }

  /** A plain connection of a bystander, auto-commit on. */
  Connection connect() throws SQLException {
    return DriverManager.getConnection(Server.INSTANCE.jdbcUrl(name));
  }

  void run(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the only row. */
  long number(String query) throws SQLException {
    return Long.parseLong(texts(query).get(0));
  }

  /** The first column of every row. */
  List<String> texts(String query) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        texts.add(String.valueOf(rows.getString(1)));
      }
      return texts;
    }
  }
}
