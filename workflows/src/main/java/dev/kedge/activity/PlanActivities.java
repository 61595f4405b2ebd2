package dev.kedge.activity;

import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.Spec;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import java.util.List;

/** Plans: reads the catalog, rehearses on empty clones, changes nothing. */
@ActivityInterface
public interface PlanActivities {
  /**
   * The plan for {@code spec}, refusals included. When an unfinished migration of that name with an
   * equal spec is registered, its recorded plan. May be repeated: everything it makes is rolled
   * back.
   */
  @ActivityMethod
  Plan makePlan(Spec spec);

  /**
   * The moves of {@code spec} over its tables as they are, for a comparison without a migration:
   * neither expand nor contract is rehearsed, and there are no steps. Refused is what stands in the
   * way of comparing. May be repeated: everything it makes is rolled back.
   */
  @ActivityMethod
  Plan planComparison(Spec spec);

  /** Why a saved plan cannot run any more, stale first; empty when it can. */
  @ActivityMethod
  List<Refusal> checkPlan(Plan plan);
}
