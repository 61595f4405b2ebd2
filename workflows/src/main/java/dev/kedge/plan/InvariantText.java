package dev.kedge.plan;

import dev.kedge.spec.Durations;
import dev.kedge.spec.Invariant;
import java.util.ArrayList;
import java.util.List;

/** Invariants as people read them: what must be true, from when on, how often it is checked. */
final class InvariantText {
  private InvariantText() {}

  /** A line an invariant, and one for each of its queries; none without invariants. */
  static List<String> lines(List<Invariant> invariants) {
    List<String> lines = new ArrayList<>();
    for (Invariant invariant : invariants) {
      lines.add(
          "%s: %s%s, every %s, for at most %s"
              .formatted(
                  invariant.name(),
                  invariant.comparesTwo() ? "two equal results" : "no row",
                  invariant.from() == null ? "" : ", from " + invariant.from().label() + " on",
                  Durations.format(invariant.interval()),
                  Durations.format(invariant.limit())));
      String label = invariant.comparesTwo() ? "source: " : "";
      for (String query : invariant.queries()) {
        lines.add("    " + label + query.strip());
        label = "target: ";
      }
    }
    return lines;
  }
}
