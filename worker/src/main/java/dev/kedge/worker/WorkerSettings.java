package dev.kedge.worker;

import dev.kedge.postgres.Databases;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * What a worker does, and how much of it at once.
 *
 * @param roles what it polls for
 * @param pool connections of its smallest pool
 * @param besideServer whether it lives and dies with an embedded Temporal in its own process
 */
public record WorkerSettings(Set<Role> roles, int pool, boolean besideServer) {
  public WorkerSettings {
    roles = Set.copyOf(roles);
  }

  /** Every role, for one process that does everything, Temporal included. */
  public static WorkerSettings everything(Collection<DatabaseConfig> databases) {
    return new WorkerSettings(EnumSet.allOf(Role.class), smallestPool(databases), true);
  }

  public static WorkerSettings of(Set<Role> roles, Collection<DatabaseConfig> databases) {
    return new WorkerSettings(roles, smallestPool(databases), false);
  }

  private static int smallestPool(Collection<DatabaseConfig> databases) {
    return databases.stream()
        .mapToInt(DatabaseConfig::pool)
        .min()
        .orElse(DatabaseConfig.DEFAULT_POOL);
  }

  Slots slots() {
    return Slots.of(roles, pool);
  }

  /** Pools for {@code databases}; nothing is connected yet. */
  public static Databases open(Collection<DatabaseConfig> databases, Map<String, String> env) {
    Databases pools = new Databases();
    for (DatabaseConfig each : databases) {
      Properties driver = each.driver(env);
      pools.add(each.name(), each.url().jdbc(), driver, each.pool());
      String check = each.roles().get("check");
      if (check != null) {
        pools.checkRole(each.name(), each.url().jdbc(), each.driverOf(check, env));
      }
      for (PostgresUrl replica : each.replicas()) {
        pools.replica(each.name(), where(replica), replica.jdbc(), each.driver(replica, env));
      }
    }
    return pools;
  }

  // Host and port are what tells replicas apart.
  private static String where(PostgresUrl replica) {
    return replica.jdbc().replaceFirst("^jdbc:postgresql:(//)?", "").replaceFirst("[/?].*$", "");
  }
}
