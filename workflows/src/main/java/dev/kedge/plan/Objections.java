package dev.kedge.plan;

import java.util.ArrayList;
import java.util.List;

/** Collects what speaks against a plan, so that a person sees all of it at once. */
final class Objections {
  private final List<Refusal> refusals = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  void refuse(String code, String object, String why, String help) {
    Refusal refusal = new Refusal(code, object, why, help);
    // Two moves from one table would say it twice.
    if (!refusals.contains(refusal)) {
      refusals.add(refusal);
    }
  }

  void warn(String warning) {
    if (!warnings.contains(warning)) {
      warnings.add(warning);
    }
  }

  List<Refusal> refusals() {
    return refusals;
  }

  List<String> warnings() {
    return warnings;
  }

  boolean refused() {
    return !refusals.isEmpty();
  }
}
