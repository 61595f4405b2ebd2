package dev.kedge.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.kedge.activity.Failures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The databases this worker knows, each with its pool. Closing it closes the pools. */
public final class Databases implements AutoCloseable {
  /**
   * What every session of ours is set to: values print and parse the same wherever they are read,
   * row security raises an error instead of hiding rows, and JIT, which once turned a handover of 7
   * ms into one of 250 ms, is off.
   */
  public static final String SESSION =
      """
      SET search_path = pg_catalog, pg_temp; SET row_security = off; SET jit = off;
      SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';
      SET extra_float_digits = 1; SET bytea_output = 'hex'; SET client_min_messages = warning""";

  private final Map<String, HikariDataSource> pools = new LinkedHashMap<>();
  private final Map<String, DirectCheck> checks = new LinkedHashMap<>();

  /** Adds a database under the name specs use; connects only when first used. */
  public Databases add(String name, String jdbcUrl, Properties driver, int connections) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("kedge-" + name);
    config.setJdbcUrl(jdbcUrl);
    Properties properties = withDefaults(driver);
    config.setDataSourceProperties(properties);
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(0);
    config.setAutoCommit(false);
    config.setConnectionInitSql(SESSION);
    // In a transaction of its own: otherwise the first rollback of a connection takes it all back.
    config.setIsolateInternalQueries(true);
    // Somebody at a terminal hears within ten seconds that the database cannot be reached, the
    // pool's own attempts until then included.
    config.setConnectionTimeout(5_000);
    // Unreachable is said when it is asked, in words, not at start with a stack trace.
    config.setInitializationFailTimeout(-1);
    pools.put(name, new HikariDataSource(config));
    checks.put(name, new DirectCheck(name, jdbcUrl, properties));
    return this;
  }

  /** The database of that name. Fails with {@link Failures#UNKNOWN_DATABASE} for any other. */
  public Database get(String name) {
    HikariDataSource pool = pools.get(name);
    DirectCheck check = checks.get(name);
    if (pool == null || check == null) {
      throw Failures.unknownDatabase(
          "database \"%s\" is not configured on this worker (known: %s)\nhelp: start the worker with --database %s=URL"
              .formatted(name, String.join(", ", pools.keySet()), name));
    }
    return new Database(name, pool, check);
  }

  /** The names, in the order they were added. */
  public List<String> names() {
    return List.copyOf(pools.keySet());
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }

  private static Properties withDefaults(Properties given) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "kedge");
    // A text bind takes the type of its place, so keys go back as they came.
    properties.setProperty("stringtype", "unspecified");
    // DETAIL carries row values.
    properties.setProperty("logServerErrorDetail", "false");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "8");
    properties.setProperty("socketTimeout", "60");
    properties.putAll(given);
    return properties;
  }
}
