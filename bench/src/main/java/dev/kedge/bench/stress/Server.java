package dev.kedge.bench.stress;

import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.PostgresOptions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/**
 * The PostgreSQL of a run, with one database. fsync is off: a crash of the server, which is all
 * that happens here, loses no acknowledged commit that way; a crash of the machine might.
 */
final class Server implements AutoCloseable {
  /** Sessions of this program begin with it; all others are Kedge's. */
  static final String APPLICATION = "stress-";

  private static final String DATABASE = "app";
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("max_connections", "200"),
          // The superuser is called as the control schema is: what is made here is not to land
          // there.
          Map.entry("search_path", "public"),
          Map.entry("shared_buffers", "256MB"),
          Map.entry("max_wal_size", "4GB"),
          Map.entry("checkpoint_timeout", "30s"),
          Map.entry("max_prepared_transactions", "40"),
          Map.entry("shared_preload_libraries", "pg_stat_statements"),
          Map.entry("pg_stat_statements.max", "10000"),
          Map.entry("log_connections", "on"),
          Map.entry("log_lock_waits", "on"),
          Map.entry("log_line_prefix", "%m [%p] %q%a "),
          // Expected errors are many; those that matter here are told at LOG or named below.
          Map.entry("log_min_error_statement", "panic"));

  private final EmbeddedPostgres postgres;

  private Server(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  /** Starts one whose data, and log, stay in {@code home}. */
  static Server start(Path home) throws SQLException {
    Server server =
        new Server(
            EmbeddedPostgres.start(PostgresOptions.at(home).durable(false).settings(SETTINGS)));
    try (Connection connection = server.connect("postgres", "setup")) {
      Jdbc.execute(connection, "CREATE DATABASE " + DATABASE);
    }
    try (Connection connection = server.connect("setup")) {
      Jdbc.execute(connection, "CREATE EXTENSION pg_stat_statements");
    }
    return server;
  }

  /** As {@code kedge worker --database} takes it. */
  String url() {
    return postgres.url(DATABASE);
  }

  /** A session of this program, auto-commit on. */
  Connection connect(String purpose) throws SQLException {
    return connect(DATABASE, purpose);
  }

  private Connection connect(String database, String purpose) throws SQLException {
    // Told at connect, so that the server's log has it in the line of the connection.
    return DriverManager.getConnection(
        postgres.jdbcUrl(database)
            + "&assumeMinServerVersion=17&connectTimeout=5&ApplicationName="
            + APPLICATION
            + purpose);
  }

  Path log() {
    return postgres.dataDirectory().resolveSibling("server.log");
  }

  /** Ends all sessions as a crash does, and recovers on the same port. */
  void crash() {
    postgres.restartImmediately();
  }

  @Override
  public void close() {
    postgres.close();
  }
}
