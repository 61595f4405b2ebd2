package dev.kedge.embedded.demo;

import dev.kedge.console.TemporalConnection;
import dev.kedge.embedded.EmbeddedTemporal;
import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.PostgresOptions;
import dev.kedge.worker.DatabaseConfig;
import dev.kedge.worker.KedgeWorker;
import dev.kedge.worker.WorkerSettings;
import io.temporal.client.WorkflowClient;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** PostgreSQL, Temporal and a worker in this process. Closing it ends them, worker first. */
final class Laptop implements AutoCloseable {
  /** The application's database, as the spec names it. */
  private static final String DATABASE = "app";

  private final EmbeddedPostgres postgres;
  private final EmbeddedTemporal temporal;
  private final TemporalConnection connection;
  private final KedgeWorker worker;

  private Laptop(
      EmbeddedPostgres postgres,
      EmbeddedTemporal temporal,
      TemporalConnection connection,
      KedgeWorker worker) {
    this.postgres = postgres;
    this.temporal = temporal;
    this.connection = connection;
    this.worker = worker;
  }

  /** Starts all of it; {@code keep} is where the database stays, null for a temporary one. */
  static Laptop start(@Nullable Path keep, Narrator narrator) throws SQLException {
    EmbeddedPostgres postgres =
        EmbeddedPostgres.start(
            keep == null ? PostgresOptions.temporary() : PostgresOptions.at(keep));
    run(postgres.jdbcUrl("postgres"), "DROP DATABASE IF EXISTS " + DATABASE + " WITH (FORCE)");
    run(postgres.jdbcUrl("postgres"), "CREATE DATABASE " + DATABASE);
    narrator.say("start", "PostgreSQL on port " + postgres.port());
    EmbeddedTemporal temporal = EmbeddedTemporal.start(0);
    TemporalConnection connection = TemporalConnection.local(temporal.target(), "kedge-demo");
    List<DatabaseConfig> databases = List.of(DatabaseConfig.of(DATABASE, postgres.url(DATABASE)));
    KedgeWorker worker =
        KedgeWorker.start(
            connection,
            WorkerSettings.open(databases, Map.of()),
            WorkerSettings.everything(databases));
    narrator.say("start", "Temporal on " + temporal.target() + ", in memory, and a worker");
    return new Laptop(postgres, temporal, connection, worker);
  }

  WorkflowClient client() {
    return connection.client();
  }

  String jdbcUrl() {
    return postgres.jdbcUrl(DATABASE);
  }

  /** Runs statements on the application's database. */
  void run(String sql) throws SQLException {
    run(jdbcUrl(), sql);
  }

  private static void run(String jdbcUrl, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    worker.close();
    connection.close();
    temporal.close();
    postgres.close();
  }
}
