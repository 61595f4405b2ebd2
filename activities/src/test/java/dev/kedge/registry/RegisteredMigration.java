package dev.kedge.registry;

import dev.kedge.activity.Scope;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/** A registered migration for tests that do not care how it was registered. */
public final class RegisteredMigration {
  private RegisteredMigration() {}

  /** Registers {@code name} with one move, number 1, at epoch 1. */
  public static Scope register(PostgresExtension postgres, String name) throws SQLException {
    ControlSchema.ensure(postgres.database());
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.update(
          """
          INSERT INTO kedge.migration (name, database, workflow_id, run_id, started_by, plan_hash,
            plan, system_identifier, timeline)
          SELECT ?, 'app', 'w', 'r', 'me', 'h', '{}', system_identifier::text,
          ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
        FROM pg_control_system()""",
          name);
      sql.update(
          "INSERT INTO kedge.move (migration, move) SELECT id, 1 FROM kedge.migration WHERE name = ?",
          name);
    }
    return new Scope(name, "app", 1);
  }

  /** Bumps the epoch as a fence does, without waiting for anybody but the rows. */
  public static Scope bump(PostgresExtension postgres, Scope scope) throws SQLException {
    postgres.run(
        """
        BEGIN;
        UPDATE kedge.migration SET epoch = epoch + 1;
        UPDATE kedge.step SET epoch = epoch + 1;
        COMMIT""");
    return scope.at(scope.epoch() + 1);
  }
}
