package dev.kedge.plan;

import dev.kedge.spec.Spec;
import java.util.List;

/**
 * What will be executed, computed once from a spec and a catalog, and hashed. What was approved is
 * what runs.
 *
 * @param form {@value #FORM}
 * @param planHash {@code sha256:} over the canonical JSON of all other components
 * @param spec what was asked for
 * @param catalogHash the fingerprint of the tables the plan was computed from; a plan whose
 *     fingerprint no longer holds is stale
 * @param moves the resolved moves, in the order of the spec; empty when refused
 * @param steps all steps in order; empty when refused
 * @param refusals why it cannot be done; empty for a plan that can run
 * @param warnings what the owner should know, a sentence each
 */
public record Plan(
    String form,
    String planHash,
    Spec spec,
    String catalogHash,
    List<MovePlan> moves,
    List<Step> steps,
    List<Refusal> refusals,
    List<String> warnings) {
  public static final String FORM = "kedge.plan/1";

  public Plan {
    moves = List.copyOf(moves);
    steps = List.copyOf(steps);
    refusals = List.copyOf(refusals);
    warnings = List.copyOf(warnings);
  }

  /** The move of that number, as steps name it. */
  public MovePlan move(int number) {
    return moves.get(number - 1);
  }

  /** The moves that hand over with the move of that number, itself among them, rising. */
  public List<MovePlan> together(int number) {
    return move(number).together().stream().map(this::move).toList();
  }

  /** The steps of one phase, in order. */
  public List<Step> stepsOf(Phase phase) {
    return steps.stream().filter(step -> step.phase() == phase).toList();
  }
}
