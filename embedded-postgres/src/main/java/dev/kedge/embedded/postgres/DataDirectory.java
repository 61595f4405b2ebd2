package dev.kedge.embedded.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a server's data directory and writes its configuration. */
final class DataDirectory {

  private static final int FIRST_WITH_BUILTIN_LOCALE = 17;
  private static final String INCLUDE = "include 'kedge.conf'";

  private final Path data;
  private final Account account;
  private final Binaries binaries;

  DataDirectory(Path data, Account account, Binaries binaries) {
    this.data = data;
    this.account = account;
    this.binaries = binaries;
  }

  /** Makes it if it is not there; one of another major version is refused. */
  void prepare(boolean durable) throws IOException {
    if (!Files.isDirectory(data)) {
      initialize(durable);
    }
    String version = Files.readString(data.resolve("PG_VERSION")).strip();
    if (!version.equals(Integer.toString(binaries.majorVersion()))) {
      throw new EmbeddedPostgresException(
          "%s was made by PostgreSQL %s and the binaries are PostgreSQL %d: remove it or upgrade it"
              .formatted(data, version, binaries.majorVersion()));
    }
  }

  /** Works beside and renames, so that a half-made directory is never taken for data. */
  private void initialize(boolean durable) throws IOException {
    Path beside = data.resolveSibling("data.initializing");
    Directories.remove(beside);
    Command.Result result = Command.run(account.wrap(initdb(beside, durable)));
    if (!result.succeeded()) {
      throw new EmbeddedPostgresException(
          "initdb ended with exit code %d:%n%s".formatted(result.exitCode(), result.output()));
    }
    Files.move(beside, data, StandardCopyOption.ATOMIC_MOVE);
  }

  private List<String> initdb(Path directory, boolean durable) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(binaries.program("initdb"), "-D", directory.toString()));
    command.addAll(List.of("-U", EmbeddedPostgres.SUPERUSER, "-E", "UTF8", "--locale=C"));
    command.addAll(List.of("--auth-host=trust", "--auth-local=reject", "--no-instructions"));
    if (binaries.majorVersion() >= FIRST_WITH_BUILTIN_LOCALE) {
      // Sorts as C does and still knows upper and lower case of all letters, on any system.
      command.addAll(List.of("--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
    }
    if (!durable) {
      command.add("--no-sync");
    }
    return command;
  }

  /**
   * Writes the settings to a file that {@code postgresql.conf} includes, so that the directory also
   * starts with plain {@code postgres -D}: with a logical slot in it, it would not if {@code
   * wal_level} had been given on the command line only.
   */
  void configure(PostgresOptions options, int port) throws IOException {
    StringBuilder text = new StringBuilder("# Written at every start; edits are lost.\n");
    settings(options, port)
        .forEach(
            (name, value) -> text.append("%s = '%s'%n".formatted(name, value.replace("'", "''"))));
    Path file = data.resolve("kedge.conf");
    Files.writeString(file, text);
    account.own(file);
    include(data.resolve("postgresql.conf"));
  }

  private static void include(Path main) throws IOException {
    if (!Files.readAllLines(main).contains(INCLUDE)) {
      Files.writeString(main, INCLUDE + "\n", StandardOpenOption.APPEND);
    }
  }

  private static Map<String, String> settings(PostgresOptions options, int port) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("wal_level", "logical");
    settings.put("shared_buffers", "128MB");
    settings.put("max_connections", "100");
    settings.put("timezone", "UTC");
    settings.put("log_timezone", "UTC");
    settings.put("lc_messages", "C");
    settings.put("fsync", options.durable() ? "on" : "off");
    // Only a crash of the machine, which fsync=off gives up anyway, can tear a page.
    settings.put("full_page_writes", options.durable() ? "on" : "off");
    settings.putAll(options.settings());
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("port", Integer.toString(port));
    settings.put("unix_socket_directories", "");
    return settings;
  }
}
