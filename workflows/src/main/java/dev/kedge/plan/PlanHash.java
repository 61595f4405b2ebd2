package dev.kedge.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The hash that approvals name: over everything a plan says but the hash itself. */
public final class PlanHash {
  private PlanHash() {}

  /** The hash that {@code plan} ought to carry. */
  public static String of(Plan plan) {
    ObjectNode tree = (ObjectNode) CanonicalJson.tree(plan);
    tree.remove("planHash");
    return CanonicalJson.hash(tree);
  }

  /** Whether {@code plan} carries its own hash: a saved plan that was edited does not. */
  public static boolean isGenuine(Plan plan) {
    return plan.planHash().equals(of(plan));
  }

  /** The plan with its hash in it. */
  static Plan seal(Plan plan) {
    return new Plan(
        plan.form(),
        of(plan),
        plan.spec(),
        plan.catalogHash(),
        plan.moves(),
        plan.steps(),
        plan.refusals(),
        plan.warnings());
  }
}
