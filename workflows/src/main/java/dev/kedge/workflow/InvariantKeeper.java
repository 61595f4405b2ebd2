package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.InvariantActivities.InvariantReport;
import dev.kedge.activity.InvariantActivities.InvariantRequest;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Guards;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Has the invariants of the spec checked at their places in the walk. Asks nothing of anybody when
 * the spec has none.
 */
final class InvariantKeeper {
  private static final String HELP =
      "mend the data, then `resume`, which checks again; `rollback` undoes, `abort` stops for good";
  private static final String CHECKED_AGAIN =
      "`retry` checks again, `rollback` undoes, `abort` stops for good";

  private final Plan plan;
  private final Helm helm;
  private final StatusBoard board;

  InvariantKeeper(Plan plan, Helm helm, StatusBoard board) {
    this.plan = plan;
    this.helm = helm;
    this.board = board;
  }

  /**
   * Checks at a place between two phases. Before the backfill every one must be checkable, also
   * what need not hold yet: a query that cannot run is better found before hours of copying.
   */
  void check(Phase before) {
    InvariantReport report = check("before " + before.label());
    requireKnown(
        before == Phase.BACKFILL
            ? report.results().stream()
                .filter(result -> result.state() == InvariantState.NOT_CHECKED)
                .toList()
            : report.notChecked());
  }

  /** Checks before a gate's evidence is sealed, and again before it lets anybody through. */
  void check(Gate gate) {
    if (gate == Gate.EXPAND || plan.spec().invariants().isEmpty()) {
      return;
    }
    InvariantReport report = check("at gate " + gate.label());
    requireKnown(report.notChecked());
    if (!report.violated().isEmpty()) {
      throw new Trouble.Found(
          Trouble.of(
              "gate %s stays shut: %s".formatted(gate.label(), words(report.violated())),
              CHECKED_AGAIN));
    }
  }

  /** What a report asks of the walk by the spec's guards; empty when it may go on. */
  static Optional<Trouble> trouble(Guards guards, InvariantReport report) {
    List<InvariantResult> violated = report.violated();
    return switch (guards.onViolated(violated.size())) {
      case NOTHING -> Optional.empty();
      case PAUSE -> Optional.of(new Trouble(words(violated), HELP, Trouble.Kind.PAUSES));
      case ABORT -> Optional.of(new Trouble(words(violated), HELP, Trouble.Kind.ABORTS));
    };
  }

  private InvariantReport check(String when) {
    InvariantReport report =
        ActivityProfiles.invariants("check invariants " + when)
            .checkInvariants(new InvariantRequest(helm.scope(), false));
    board.invariants(report.results());
    trouble(plan.spec().guards(), report)
        .ifPresent(
            trouble -> {
              throw new Trouble.Found(trouble);
            });
    return report;
  }

  private static void requireKnown(List<InvariantResult> notChecked) {
    if (!notChecked.isEmpty()) {
      throw new Trouble.Found(Trouble.of(words(notChecked), CHECKED_AGAIN));
    }
  }

  private static String words(List<InvariantResult> results) {
    return results.stream()
        .map(InvariantResult::words)
        .collect(Collectors.joining("; ", "invariant ", ""));
  }
}
