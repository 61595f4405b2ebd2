package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.spec.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Compares the two sides, repairs what differed before, and seals what a gate shows. */
final class Proof {
  private static final int KEYS = 5;

  private final Plan plan;
  private final Helm helm;
  private final StatusBoard board;

  /** Whether a move still has both sides under capture; afterwards there is nothing to compare. */
  private final Predicate<MovePlan> captured;

  private final Map<Integer, Comparison> compared = new TreeMap<>();

  /** Moves that differed when compared last: repaired before they are compared again. */
  private final Set<Integer> differing = new TreeSet<>();

  Proof(Plan plan, Helm helm, StatusBoard board, Predicate<MovePlan> captured) {
    this.plan = plan;
    this.helm = helm;
    this.board = board;
    this.captured = captured;
  }

  void restore(List<Comparison> carried) {
    carried.forEach(each -> compared.put(each.move(), each));
    board.compared(carried);
  }

  List<Comparison> compared() {
    return List.copyOf(compared.values());
  }

  /** Compares a whole move; differences stop the walk. */
  void compare(MovePlan move) {
    if (!captured.test(move)) {
      return;
    }
    repair(move);
    Comparison result =
        ActivityProfiles.reconcile("compare " + move.source() + " with " + move.target())
            .compareMove(scope(move));
    compared.put(move.number(), result);
    board.compared(List.of(result));
    judge(move, result);
  }

  /** Compares what changed since, and seals all of it; what is unproven stops the walk. */
  Evidence seal(Gate gate) {
    List<Comparison> shown = new ArrayList<>(compared.values());
    if (gate != Gate.EXPAND) {
      plan.moves().stream().filter(captured).map(this::compareCaptured).forEach(shown::add);
    }
    Evidence evidence =
        ActivityProfiles.seal("seal the evidence for gate " + gate.label())
            .sealEvidence(new SealRequest(helm.scope(), gate, plan.planHash(), shown));
    if (!evidence.clean()) {
      throw new Trouble.Found(
          Trouble.of(
              "the evidence for gate " + gate.label() + " does not prove the promotion",
              "look at `kedge report`; " + Trouble.CHOICES));
    }
    return evidence;
  }

  private Comparison compareCaptured(MovePlan move) {
    repair(move);
    Comparison result =
        ActivityProfiles.reconcile("compare keys captured since in " + move.target())
            .compareCaptured(scope(move));
    judge(move, result);
    return result;
  }

  private void repair(MovePlan move) {
    if (differing.contains(move.number())) {
      ActivityProfiles.reconcile("repair findings in " + move.target()).repairFindings(scope(move));
    }
  }

  private void judge(MovePlan move, Comparison result) {
    if (result.unproven() == 0) {
      differing.remove(move.number());
      return;
    }
    differing.add(move.number());
    throw new Trouble.Found(
        Trouble.of(
            told(move, result),
            "`retry` repairs them and compares again, `rollback` undoes, `abort` stops for good"));
  }

  private static String told(MovePlan move, Comparison result) {
    List<String> kinds = new ArrayList<>();
    count(kinds, result.missing(), "missing");
    count(kinds, result.extra(), "extra");
    count(kinds, result.different(), "different");
    count(kinds, result.notComparable(), "not comparable");
    return result.unproven()
        + (result.unproven() == 1 ? " difference in " : " differences in ")
        + move.target()
        + " ("
        + String.join(", ", kinds)
        + ")"
        + keys(result)
        + "; see kedge.finding"
        + (result.reasons().isEmpty() ? "" : ": " + String.join("; ", result.reasons()));
  }

  private static String keys(Comparison result) {
    return result.examples().isEmpty()
        ? ""
        : result.examples().stream()
            .limit(KEYS)
            .map(Difference::key)
            .collect(
                Collectors.joining("; ", ", key ", result.examples().size() > KEYS ? "; …" : ""));
  }

  private static void count(List<String> kinds, long number, String kind) {
    if (number > 0) {
      kinds.add(number + " " + kind);
    }
  }

  private MoveScope scope(MovePlan move) {
    return new MoveScope(helm.scope(), move);
  }
}
