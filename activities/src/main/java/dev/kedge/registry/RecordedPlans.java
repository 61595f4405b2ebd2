package dev.kedge.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Optional;

/** The plans that unfinished migrations were registered with. */
public final class RecordedPlans {
  private RecordedPlans() {}

  /** The plan of the unfinished migration of that name; empty also without a control schema. */
  public static Optional<Plan> find(Sql sql, String migration) throws SQLException {
    return ControlSchema.isThere(sql)
        ? sql.first(RegistrySql.UNFINISHED, row -> read(row.getString("plan")), migration)
        : Optional.empty();
  }

  private static Plan read(String json) {
    try {
      return Payloads.mapper().readValue(json, Plan.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("kedge.migration holds a plan that cannot be read", e);
    }
  }
}
