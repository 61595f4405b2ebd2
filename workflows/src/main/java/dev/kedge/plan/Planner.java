package dev.kedge.plan;

import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a spec and what the server said into steps. Pure: the same spec and catalog give the same
 * plan, hash included.
 */
public final class Planner {
  private final Spec spec;
  private final Catalog catalog;
  private final Objections objections = new Objections();

  private Planner(Spec spec, Catalog catalog) {
    this.spec = spec;
    this.catalog = catalog;
  }

  /** The plan, with every reason why it cannot run. */
  public static Plan plan(Spec spec, Catalog catalog) {
    return plan(spec, catalog, List.of());
  }

  /** The same, with reasons that were found elsewhere than in the catalog. */
  public static Plan plan(Spec spec, Catalog catalog, List<Refusal> others) {
    Planner planner = new Planner(spec, catalog);
    others.forEach(
        other ->
            planner.objections.refuse(other.code(), other.object(), other.why(), other.help()));
    return planner.plan();
  }

  private Plan plan() {
    new DatabaseCheck(spec, catalog, objections).check();
    // A standby cannot rehearse, so nothing more is known of the tables.
    List<MovePlan> moves = catalog.inRecovery() ? List.of() : resolve();
    if (spec.guards().throttle().isEmpty()) {
      objections.warn(
          "nothing is in guards.throttle, so nothing slows the backfill down when the database has"
              + " other things to do; a bound such as replicationLag: 2s would");
    }
    boolean refused = objections.refused();
    List<Step> steps = refused ? List.of() : new StepList(spec, catalog, moves).steps();
    return PlanHash.seal(
        new Plan(
            Plan.FORM,
            "",
            spec,
            catalog.hash(),
            refused ? List.of() : moves,
            steps,
            objections.refusals(),
            objections.warnings()));
  }

  private List<MovePlan> resolve() {
    new RehearsalCheck(spec, catalog, objections).check();
    List<MovePlan> moves = new ArrayList<>();
    for (int number = 1; number <= spec.moves().size(); number++) {
      Move move = spec.moves().get(number - 1);
      new MoveResolver(spec, catalog, number, objections).resolve(move).ifPresent(moves::add);
    }
    return Together.group(moves);
  }
}
