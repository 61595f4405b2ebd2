package dev.kedge.embedded.postgres;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How an {@link EmbeddedPostgres} is to run; start from {@link #temporary()} or {@link #at}.
 *
 * @param home directory that keeps the server's data, log and lock between runs; empty for one that
 *     is removed at the end
 * @param port TCP port on 127.0.0.1; 0 takes the port of the last run from the same home if it is
 *     free, and otherwise any free one
 * @param durable whether commits survive a crash of the machine ({@code fsync}); without it they
 *     still survive a crash of the server
 * @param settings further lines of {@code postgresql.conf}, by parameter name; they win over ours
 * @param programs directory of an installed PostgreSQL's {@code postgres} and {@code initdb}; empty
 *     for the binaries on the class path
 */
public record PostgresOptions(
    Optional<Path> home,
    int port,
    boolean durable,
    Map<String, String> settings,
    Optional<Path> programs) {

  private static final Pattern SETTING_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

  public PostgresOptions {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
    }
    for (String name : settings.keySet()) {
      if (!SETTING_NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("not a name of a PostgreSQL setting: " + name);
      }
    }
    home = home.map(dir -> dir.toAbsolutePath().normalize());
    settings = Map.copyOf(settings);
  }

  /** A server whose data are removed when it is closed, or when this process dies. */
  public static PostgresOptions temporary() {
    return new PostgresOptions(Optional.empty(), 0, true, Map.of(), Optional.empty());
  }

  /** A server that keeps its data below {@code home}, which is made when it is not there. */
  public static PostgresOptions at(Path home) {
    return new PostgresOptions(Optional.of(home), 0, true, Map.of(), Optional.empty());
  }

  public PostgresOptions port(int value) {
    return new PostgresOptions(home, value, durable, settings, programs);
  }

  /** Passing false makes tests quicker; never do it for data someone wants to keep. */
  public PostgresOptions durable(boolean value) {
    return new PostgresOptions(home, port, value, settings, programs);
  }

  /** Adds one setting, replacing an earlier value of the same name. */
  public PostgresOptions setting(String name, String value) {
    return settings(Map.of(name, value));
  }

  /** Adds settings, replacing earlier values of the same names. */
  public PostgresOptions settings(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.putAll(more);
    return new PostgresOptions(home, port, durable, all, programs);
  }

  /** Runs the PostgreSQL that is installed in {@code bin} instead of the one on the class path. */
  public PostgresOptions programs(Path bin) {
    Path absolute = bin.toAbsolutePath().normalize();
    return new PostgresOptions(home, port, durable, settings, Optional.of(absolute));
  }
}
