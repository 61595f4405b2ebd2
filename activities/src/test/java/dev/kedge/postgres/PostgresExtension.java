package dev.kedge.postgres;

import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.PostgresOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Gives every test a fresh database on a real server that all tests of the JVM share. Registered as
 * a field: {@link RegisterExtension}.
 */
public final class PostgresExtension implements BeforeEachCallback, AfterEachCallback {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private String name = "";
  private EmbeddedPostgres server = Server.INSTANCE;
  private Databases databases = new Databases();

  /** The shared server; fsync off, which only a crash of the machine could tell. */
  private static final class Server {
    static final EmbeddedPostgres INSTANCE = start();

    private static EmbeddedPostgres start() {
      EmbeddedPostgres server =
          EmbeddedPostgres.start(
              PostgresOptions.temporary()
                  .durable(false)
                  .settings(Map.of("max_connections", "200", "max_prepared_transactions", "10")));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      return server;
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws SQLException {
    server = Server.INSTANCE;
    name = "t" + NUMBER.incrementAndGet();
    admin("CREATE DATABASE " + name);
    databases = new Databases().add("app", jdbcUrl(), new Properties(), 16);
  }

  @Override
  public void afterEach(ExtensionContext context) throws SQLException {
    databases.close();
    admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }

  /** From now on the database is the one of that name on another server. */
  public void failOverTo(EmbeddedPostgres other) {
    databases.close();
    server = other;
    databases = new Databases().add("app", jdbcUrl(), new Properties(), 16);
  }

  /** The fresh database under the name {@code app}, through a pool like a worker's. */
  public Databases databases() {
    return databases;
  }

  /** The fresh database as a worker sees it. */
  public Database database() {
    return databases.get("app");
  }

  /** A connection of an application: plain driver, auto-commit on, superuser {@code kedge}. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl());
  }

  /** A connection of an application as another role. */
  public Connection connectAs(String role) throws SQLException {
    return DriverManager.getConnection(
        server().jdbcUrl(name).replace("user=kedge", "user=" + role));
  }

  /** Runs statements as superuser, auto-commit. */
  public void run(String sql) throws SQLException {
    try (Connection connection = connect()) {
      new Sql(connection).execute(sql);
    }
  }

  public String jdbcUrl() {
    return server().jdbcUrl(name);
  }

  public EmbeddedPostgres server() {
    return server;
  }

  private static void admin(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(Server.INSTANCE.jdbcUrl("postgres"))) {
      new Sql(connection).execute(sql);
    }
  }
}
