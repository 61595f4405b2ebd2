package dev.kedge.reconcile;

import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Gives the migration that a test has registered the plan that evidence is sealed by. */
final class StoredPlan {
  private StoredPlan() {}

  /** One of {@code users} into {@code people} with this move alone; its hash is sha256:p. */
  static void of(PostgresExtension postgres, MovePlan move) throws SQLException {
    Plan some = Plans.copy("m", "users", "people");
    Plan plan =
        new Plan(
            some.form(),
            "sha256:p",
            some.spec(),
            some.catalogHash(),
            List.of(move),
            some.steps(),
            some.refusals(),
            some.warnings());
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan_hash = 'sha256:p', plan = ?",
              CanonicalJson.text(plan));
    }
  }
}
