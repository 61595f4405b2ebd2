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
  private final Map<String, HikariDataSource> checkRoles = new LinkedHashMap<>();
  private final Map<String, Map<String, HikariDataSource>> replicas = new LinkedHashMap<>();

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

  /** Says who runs the queries of specs in a database that was added. */
  public Databases checkRole(String database, String jdbcUrl, Properties driver) {
    checkRoles.put(database, small("kedge-check-" + database, jdbcUrl, driver));
    return this;
  }

  /**
   * Adds a standby of a database that was added.
   *
   * @param where it is, as people are told; no secret
   */
  public Databases replica(String database, String where, String jdbcUrl, Properties driver) {
    replicas
        .computeIfAbsent(database, any -> new LinkedHashMap<>())
        .put(where, small("kedge-replica-" + database, jdbcUrl, driver));
    return this;
  }

  // Read once a second; who does not answer within one is out of reach.
  private static HikariDataSource small(String name, String jdbcUrl, Properties driver) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(jdbcUrl);
    Properties properties = withDefaults(driver);
    properties.setProperty("socketTimeout", "3");
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("loginTimeout", "3");
    config.setDataSourceProperties(properties);
    config.setMaximumPoolSize(2);
    config.setMinimumIdle(0);
    config.setAutoCommit(false);
    config.setConnectionTimeout(1_000);
    config.setValidationTimeout(500);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
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
    HikariDataSource checkRole = checkRoles.get(name);
    return new Database(
        name, pool, check, checkRole == null ? null : new CheckRole(checkRole), replicasOf(name));
  }

  /** The names, in the order they were added. */
  public List<String> names() {
    return List.copyOf(pools.keySet());
  }

  private List<Replica> replicasOf(String name) {
    return replicas.getOrDefault(name, Map.of()).entrySet().stream()
        .map(entry -> new Replica(entry.getKey(), entry.getValue()))
        .toList();
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
    checkRoles.values().forEach(HikariDataSource::close);
    replicas.values().forEach(each -> each.values().forEach(HikariDataSource::close));
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
