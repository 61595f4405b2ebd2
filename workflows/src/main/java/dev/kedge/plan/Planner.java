package dev.kedge.plan;

import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /**
   * The moves of a spec over tables as they are, to be compared and not filled: that a target has
   * rows, or triggers, is what one expects there. Without steps; refused is only what stands in the
   * way of comparing.
   *
   * @param spec as {@link Spec#asTheyAre} leaves it
   */
  public static Plan comparison(Spec spec, Catalog catalog) {
    return new Planner(spec, catalog).comparison();
  }

  private Plan comparison() {
    if (catalog.inRecovery()) {
      new DatabaseCheck(spec, catalog, objections).check();
    } else {
      refuseMissing();
    }
    List<MovePlan> moves = objections.refused() ? List.of() : resolveToCompare();
    List<Refusal> refusals =
        objections.refusals().stream()
            .filter(refusal -> !RefusalCodes.OF_WRITING.contains(refusal.code()))
            .toList();
    boolean lost = refusals.isEmpty() && moves.size() < spec.moves().size();
    List<Refusal> told = lost ? objections.refusals() : refusals;
    return PlanHash.seal(
        new Plan(
            Plan.FORM,
            "",
            spec,
            catalog.hash(),
            told.isEmpty() ? moves : List.of(),
            List.of(),
            told,
            List.of()));
  }

  private List<MovePlan> resolveToCompare() {
    List<MovePlan> moves = new ArrayList<>();
    for (int number = 1; number <= spec.moves().size(); number++) {
      resolveToCompare(number).ifPresent(moves::add);
    }
    return Together.group(moves);
  }

  // Where only a key is missing, rows are compared without one.
  private Optional<MovePlan> resolveToCompare(int number) {
    Move move = spec.moves().get(number - 1);
    Objections own = new Objections();
    Optional<MovePlan> keyed = new MoveResolver(spec, catalog, number, own).resolve(move);
    List<String> codes =
        own.refusals().stream()
            .map(Refusal::code)
            .filter(code -> !RefusalCodes.OF_WRITING.contains(code))
            .toList();
    boolean onlyKey = !codes.isEmpty() && RefusalCodes.OF_KEYS.containsAll(codes);
    if (onlyKey && !move.inPlace() && move.joins().isEmpty()) {
      return new MoveResolver(spec, catalog, number, objections).withoutKey(move);
    }
    own.refusals()
        .forEach(each -> objections.refuse(each.code(), each.object(), each.why(), each.help()));
    return keyed;
  }

  private void refuseMissing() {
    for (Move move : spec.moves()) {
      List<TableName> tables = new ArrayList<>(List.of(move.from(), move.to()));
      move.joins().forEach(join -> tables.add(join.table()));
      tables.stream()
          .filter(table -> Catalog.find(catalog.before(), table).isEmpty())
          .forEach(
              table ->
                  objections.refuse(
                      RefusalCodes.MISSING,
                      table.toString(),
                      "there is no such table, so there is nothing to compare",
                      "statements of expand are not run for a comparison: kedge start runs them,"
                          + " and kedge verify NAME compares while it runs"));
    }
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
    return resolveMoves();
  }

  private List<MovePlan> resolveMoves() {
    List<MovePlan> moves = new ArrayList<>();
    for (int number = 1; number <= spec.moves().size(); number++) {
      Move move = spec.moves().get(number - 1);
      new MoveResolver(spec, catalog, number, objections).resolve(move).ifPresent(moves::add);
    }
    return Together.group(moves);
  }
}
