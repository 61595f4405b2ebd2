package dev.kedge.bench.measure;

import dev.kedge.embedded.postgres.EmbeddedPostgres;
import dev.kedge.embedded.postgres.PostgresOptions;
import dev.kedge.worker.DatabaseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The PostgreSQL that is measured on: one of our own, or one that runs already. */
public final class BenchServer implements AutoCloseable {
  private static final String FIRST = "postgres";
  private static final String[] TOLD = {
    "server_version",
    "shared_buffers",
    "wal_level",
    "min_wal_size",
    "max_wal_size",
    "checkpoint_timeout",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "autovacuum",
    "jit",
    "work_mem",
    "maintenance_work_mem",
    "max_parallel_maintenance_workers",
    "track_commit_timestamp",
    "data_checksums"
  };

  private static final String WHERE =
      """
      SELECT pg_backend_pid() AS pid,
        coalesce(host(inet_server_addr()), '127.0.0.1') IN ('127.0.0.1', '::1') AS here""";

  private final UnaryOperator<String> urls;
  private final @Nullable EmbeddedPostgres own;
  private final @Nullable Path directory;
  private final OptionalLong postmaster;

  private BenchServer(
      UnaryOperator<String> urls, @Nullable EmbeddedPostgres own, @Nullable Path directory)
      throws SQLException {
    this.urls = urls;
    this.own = own;
    this.directory = directory;
    this.postmaster = findPostmaster();
  }

  /** Attaches to the server that was asked for, or starts one with {@link ServerSettings}. */
  static BenchServer open(BenchSettings settings, Map<String, String> more)
      throws SQLException, IOException {
    if (settings.server().isPresent()) {
      ServerUrl url = ServerUrl.parse(settings.server().get());
      return new BenchServer(url::of, null, null);
    }
    Path directory = null;
    if (settings.data().isPresent()) {
      Files.createDirectories(settings.data().get());
      directory = Files.createTempDirectory(settings.data().get(), "kedge-bench-");
    }
    PostgresOptions options =
        (directory == null ? PostgresOptions.temporary() : PostgresOptions.at(directory))
            .settings(ServerSettings.ALL)
            .settings(more);
    if (settings.programs().isPresent()) {
      options = options.programs(settings.programs().get());
    }
    EmbeddedPostgres own = EmbeddedPostgres.start(options);
    return new BenchServer(own::url, own, directory);
  }

  /** As {@code kedge worker --database} takes it. */
  public String url(String database) {
    return urls.apply(database);
  }

  /** A session with auto-commit on. */
  public Connection connect(String database) throws SQLException {
    DatabaseConfig config = DatabaseConfig.of("bench", url(database));
    Connection connection =
        DriverManager.getConnection(config.url().jdbc(), config.driver(System.getenv()));
    try (Statement statement = connection.createStatement()) {
      // A superuser called as the control schema is would make his tables there.
      statement.execute("SET search_path = public");
    }
    return connection;
  }

  /** A new database; whoever asked closes it. */
  public BenchDatabase create(String name) throws SQLException {
    try (Connection connection = connect(FIRST);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return new BenchDatabase(this, name);
  }

  void drop(String name) throws SQLException {
    try (Connection connection = connect(FIRST);
        Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }
  }

  /**
   * Seconds that all processes of the server have run so far, those that ended included; NaN when
   * it is on another machine.
   */
  public double cpuSeconds() {
    return postmaster.isPresent() ? Processor.secondsOfTree(postmaster.getAsLong()) : Double.NaN;
  }

  /** Whether its processes are here to be looked at. */
  public boolean isLocal() {
    return postmaster.isPresent();
  }

  /** The settings that matter here, as the server tells them. */
  Map<String, String> settings() throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    try (BenchDatabase database = new BenchDatabase(this, FIRST, false)) {
      for (String name : TOLD) {
        settings.put(name, database.text("SELECT current_setting('" + name + "')"));
      }
    }
    settings.put("file_system", fileSystem());
    return settings;
  }

  private String fileSystem() {
    try {
      return own == null ? "unknown" : Files.getFileStore(own.dataDirectory()).type();
    } catch (IOException e) {
      return "unknown";
    }
  }

  // A process of that number here might be another one; a server elsewhere has its own address.
  private OptionalLong findPostmaster() throws SQLException {
    if (own != null) {
      return OptionalLong.of(own.pid());
    }
    try (Connection connection = connect(FIRST);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(WHERE)) {
      // While the session lasts, for its process is looked at.
      return row.next() && row.getBoolean("here")
          ? Processor.parent(row.getLong("pid"), "postgres")
          : OptionalLong.empty();
    }
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
    if (directory != null) {
      remove(directory);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      // Data of a server that is gone; whoever named the directory finds it there.
      return;
    }
  }
}
