package dev.kedge.worker;

import dev.kedge.console.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * One database as this worker is told to reach it. Never printed with a secret.
 *
 * @param name as specs name it
 * @param passwordFile a file that holds the password and nothing else; null when it comes from
 *     elsewhere
 * @param pool most connections at once
 * @param roles separate login roles by purpose: {@code check} runs the queries of specs; ddl and
 *     dml are read, not used yet
 * @param replicas where lag is to be read
 */
public record DatabaseConfig(
    String name,
    PostgresUrl url,
    @Nullable Path passwordFile,
    int pool,
    Map<String, String> roles,
    List<PostgresUrl> replicas) {
  /** Two lanes and a tail for several moves, compares, and what the ddl role needs. */
  public static final int DEFAULT_POOL = 16;

  public DatabaseConfig {
    roles = Map.copyOf(roles);
    replicas = List.copyOf(replicas);
  }

  /** A database of which only the URL is known. */
  public static DatabaseConfig of(String name, String url) {
    return new DatabaseConfig(name, urlOf(name, url), null, DEFAULT_POOL, Map.of(), List.of());
  }

  static PostgresUrl urlOf(String name, String text) {
    try {
      return PostgresUrl.parse(text);
    } catch (IllegalArgumentException e) {
      throw Problem.usage(
          "KD1303",
          "database \"" + name + "\": " + e.getMessage(),
          "write it as postgresql://user@host:5432/database?sslmode=verify-full");
    }
  }

  /**
   * What the driver is given. The password is the URL's, else the file's, else {@code PGPASSWORD};
   * without any of them the driver looks into pgpass.
   */
  public Properties driver(Map<String, String> env) {
    return driver(url, env);
  }

  /** The same for one of its {@link #replicas}. */
  public Properties driver(PostgresUrl replica, Map<String, String> env) {
    Properties driver = replica.driver();
    String fromFile = passwordFile == null ? null : read(passwordFile);
    putIfAbsent(driver, "password", fromFile);
    putIfAbsent(driver, "password", env.get("PGPASSWORD"));
    putIfAbsent(driver, "user", env.get("PGUSER"));
    return driver;
  }

  /** The same for the role of that purpose, with the same password or its own in pgpass. */
  public Properties driverOf(String role, Map<String, String> env) {
    Properties driver = driver(env);
    driver.setProperty("user", role);
    return driver;
  }

  private String read(Path file) {
    try {
      return Files.readString(file).stripTrailing();
    } catch (IOException e) {
      throw Problem.usage(
          "KD1304",
          "database \"" + name + "\": the password file " + file + " cannot be read",
          "check that it exists and that this user may read it");
    }
  }

  private static void putIfAbsent(Properties driver, String key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      driver.putIfAbsent(key, value);
    }
  }
}
