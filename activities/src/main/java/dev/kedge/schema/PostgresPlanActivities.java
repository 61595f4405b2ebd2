package dev.kedge.schema;

import dev.kedge.activity.PlanActivities;
import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Owner;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Planner;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import dev.kedge.throttle.GuardCheck;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans on what the databases of this worker say. */
public final class PostgresPlanActivities implements PlanActivities {
  private static final String STANDBY = "KD2203";
  private static final String OWNED = "KD3001";
  private static final String STALE = "KD3002";
  private static final String OTHER_PLAN = "KD3003";

  private final Databases databases;

  public PostgresPlanActivities(Databases databases) {
    this.databases = databases;
  }

  @Override
  public Plan makePlan(Spec spec) {
    Database database = databases.get(spec.database());
    try {
      Optional<Plan> recorded = recorded(database, spec).filter(plan -> plan.spec().equals(spec));
      if (recorded.isPresent()) {
        return recorded.get();
      }
      CatalogReader reader = new CatalogReader(database);
      Catalog catalog = reader.read(spec);
      // A standby is refused as such, and would refuse to say anything else.
      return Planner.plan(
          spec, catalog, catalog.inRecovery() ? List.of() : others(database, reader, spec));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "planning " + spec.migration());
    }
  }

  private static List<Refusal> others(Database database, CatalogReader reader, Spec spec)
      throws SQLException {
    List<Refusal> refusals = new ArrayList<>(GuardCheck.refusals(database, spec));
    refusals.addAll(InvariantCheck.refusals(database, reader, spec));
    return refusals;
  }

  @Override
  public Plan planComparison(Spec spec) {
    Database database = databases.get(spec.database());
    Spec tables = spec.asTheyAre();
    try {
      return Planner.comparison(tables, new CatalogReader(database).read(tables));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "planning the comparison of " + spec.migration());
    }
  }

  @Override
  public List<Refusal> checkPlan(Plan plan) {
    Database database = databases.get(plan.spec().database());
    try {
      Optional<Plan> recorded = recorded(database, plan.spec());
      // What it changed itself does not make it stale: it is adopted.
      return recorded.map(Plan::planHash).equals(Optional.of(plan.planHash()))
          ? List.of()
          : check(new CatalogReader(database), plan, recorded);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "checking the plan of " + plan.spec().migration());
    }
  }

  private static List<Refusal> check(CatalogReader reader, Plan plan, Optional<Plan> recorded)
      throws SQLException {
    Spec spec = plan.spec();
    if (reader.isStandby()) {
      return List.of(
          new Refusal(
              STANDBY,
              spec.database(),
              "the connected server is in recovery: a standby takes no writes",
              "give the workers the URL of the primary"));
    }
    List<Refusal> refusals = new ArrayList<>();
    if (!reader.hash(spec).equals(plan.catalogHash())) {
      refusals.add(stale(spec));
    }
    if (recorded.isPresent()) {
      refusals.add(
          new Refusal(
              OTHER_PLAN,
              spec.migration(),
              "an unfinished migration of that name runs another plan: "
                  + recorded.get().planHash(),
              "go on with it, or end it first: kedge rollback " + spec.migration()));
    }
    for (Owner owner : reader.owners(spec)) {
      refusals.add(
          new Refusal(
              OWNED,
              owner.table().toString(),
              "migration " + owner.migration() + " works on it since " + owner.since(),
              "wait for it, or stop it: kedge status " + owner.migration()));
    }
    return refusals;
  }

  private static Refusal stale(Spec spec) {
    Set<TableName> tables = CatalogReader.tables(spec);
    return new Refusal(
        STALE,
        tables.stream().map(TableName::toString).collect(Collectors.joining(", ")),
        tables.size() == 1
            ? "the plan is stale: the table changed since the plan was made"
            : "the plan is stale: one of these tables changed since it was made",
        "make the plan again: kedge plan SPEC --out FILE");
  }

  private static Optional<Plan> recorded(Database database, Spec spec) throws SQLException {
    // Outside a transaction of ours, which a standby would refuse.
    return database.outsideTransaction(sql -> RecordedPlans.find(sql, spec.migration()));
  }
}
