package dev.kedge.starter;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.console.Problem;
import dev.kedge.plan.Plan;
import dev.kedge.plan.PlanHash;
import dev.kedge.plan.Refusal;
import dev.kedge.spec.Spec;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Plans made and checked by a worker; nothing is changed by either. */
final class Planning {
  private static final Type REFUSALS = new TypeReference<List<Refusal>>() {}.getType();

  private final Session session;
  private final Duration limit;

  Planning(Session session, Duration limit) {
    this.session = session;
    this.limit = limit;
  }

  /** The plan for {@code spec}, refusals included. */
  Plan make(Spec spec) {
    return session
        .errand("plan", spec.migration())
        .ask("PlanWorkflow", limit, Plan.class, Plan.class, spec);
  }

  /** Fails when a saved plan was altered, was refused, or cannot run any more. */
  void requireCurrent(Plan saved) {
    if (!PlanHash.isGenuine(saved)) {
      throw Problem.usage(
          "KD3003",
          "the saved plan was altered: its content does not give its planHash",
          "make a new one: kedge plan SPEC --out FILE");
    }
    requirePossible(saved);
    List<Refusal> reasons = check(saved);
    if (!reasons.isEmpty()) {
      throw refused(reasons);
    }
  }

  @SuppressWarnings("unchecked")
  private List<Refusal> check(Plan saved) {
    return (List<Refusal>)
        session
            .errand("check", saved.spec().migration())
            .ask("CheckPlanWorkflow", limit, List.class, REFUSALS, saved);
  }

  /** Fails when the plan says that it cannot be done. */
  static void requirePossible(Plan plan) {
    if (!plan.refusals().isEmpty()) {
      throw refused(plan.refusals());
    }
  }

  // The first one is told in full, with all others after it.
  static Problem refused(List<Refusal> refusals) {
    Refusal first = refusals.get(0);
    String others =
        refusals.stream()
            .skip(1)
            .map(
                each ->
                    "\nerror[%s]: %s\nhelp: %s".formatted(each.code(), sentence(each), each.help()))
            .collect(Collectors.joining());
    return Problem.usage(first.code(), sentence(first), first.help() + others);
  }

  private static String sentence(Refusal refusal) {
    return refusal.object() + ": " + refusal.why();
  }
}
