package dev.kedge.postgres;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.plan.MovePlan;
import dev.kedge.registry.ControlSchema;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What tests of the engine do by hand that the registry does in production. */
public final class Fixture {
  private Fixture() {}

  /** Makes the control schema and registers a migration at epoch 1, without moves. */
  public static Scope register(PostgresExtension postgres, String migration) throws SQLException {
    ControlSchema.ensure(postgres.database());
    update(
        postgres,
        """
        INSERT INTO kedge.migration (name, database, workflow_id, run_id, started_by, plan_hash,
          plan, system_identifier, timeline)
        SELECT ?, 'app', 'w', 'r', 'me', 'h', '{}', system_identifier::text,
          ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
        FROM pg_control_system()""",
        migration);
    return new Scope(migration, "app", 1);
  }

  /** Registers a migration at epoch 1 and says that {@code move} is one of its moves. */
  public static MoveScope register(PostgresExtension postgres, String migration, MovePlan move)
      throws SQLException {
    return new MoveScope(register(postgres, migration), move);
  }

  /**
   * Ends the epoch as a fence does: whoever writes under it must be waited for, then never again.
   */
  public static Scope bump(PostgresExtension postgres, Scope scope) throws SQLException {
    postgres.run(
        """
        BEGIN;
        UPDATE kedge.migration SET epoch = epoch + 1;
        UPDATE kedge.step SET epoch = epoch + 1;
        UPDATE kedge.tail SET epoch = epoch + 1;
        UPDATE kedge.range SET epoch = epoch + 1;
        COMMIT""");
    return scope.at(scope.epoch() + 1);
  }

  /** One value of a query, as text. */
  public static String value(PostgresExtension postgres, String query, @Nullable Object... binds)
      throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one(query, row -> String.valueOf(row.getString(1)), binds);
    }
  }

  private static void update(PostgresExtension postgres, String statement, Object... binds)
      throws SQLException {
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update(statement, binds);
    }
  }
}
