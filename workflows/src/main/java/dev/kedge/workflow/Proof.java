package dev.kedge.workflow;

import dev.kedge.activity.ActivityProfiles;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.RepairRequest;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Quoting;
import dev.kedge.spec.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Compares the two sides, repairs what differed before, and seals what a gate shows. */
final class Proof {
  private static final String OTHERWISE = "; `rollback` undoes, `abort` stops for good";
  private static final String FRESH =
      "`retry` looks again, and asks for approvals of fresh evidence when nothing is in doubt"
          + OTHERWISE;

  private final Plan plan;
  private final Helm helm;
  private final StatusBoard board;

  /** Whether a move still has both sides under capture; afterwards there is nothing to compare. */
  private final Predicate<MovePlan> captured;

  private final Map<Integer, Comparison> compared = new TreeMap<>();

  /** Moves that differed when compared last: repaired before they are compared again. */
  private final Set<Integer> differing = new TreeSet<>();

  /** Who asked to try again, and so to repair. */
  private final Supplier<Optional<String>> askedBy;

  Proof(
      Plan plan,
      Helm helm,
      StatusBoard board,
      Predicate<MovePlan> captured,
      Supplier<Optional<String>> askedBy) {
    this.plan = plan;
    this.askedBy = askedBy;
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
              "the evidence for gate %s (number %d) does not prove the promotion%s"
                  .formatted(gate.label(), evidence.number(), because(evidence.doubts())),
              "the content of that number in kedge.evidence has all of it; " + Trouble.CHOICES));
    }
    return evidence;
  }

  /** Stands by what was sealed for a gate that is to open. */
  Vigil vigil(Evidence evidence) {
    boolean compares = evidence.gate() != Gate.EXPAND;
    List<Integer> moves =
        plan.moves().stream()
            .filter(move -> compares && captured.test(move))
            .map(MovePlan::number)
            .toList();
    return new Vigil(
        new RoundRequest(
            helm.scope(), evidence.gate(), plan.planHash(), evidence.number(), moves, false),
        helm.children(),
        round -> lapse(evidence, round));
  }

  private Trouble lapse(Evidence evidence, Round round) {
    Trouble why =
        round.comparisons().stream()
            .map(each -> trouble(plan.move(each.move()), each))
            .flatMap(Optional::stream)
            .reduce((first, next) -> first.kind() == Trouble.Kind.RETURNED ? first : next)
            .orElseGet(() -> Trouble.of("", FRESH));
    return new Trouble(
        "the evidence for gate %s (number %d) is void%s"
            .formatted(evidence.gate().label(), evidence.number(), because(round.doubts())),
        why.help(),
        why.kind());
  }

  private static String because(List<String> doubts) {
    return doubts.isEmpty() ? "" : ": " + Message.shortened(String.join("; ", doubts), 400);
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
      ActivityProfiles.reconcile("repair findings in " + move.target())
          .repairFindings(new RepairRequest(helm.scope(), move, askedBy.get().orElse(null)));
    }
  }

  private void judge(MovePlan move, Comparison result) {
    trouble(move, result)
        .ifPresentOrElse(
            trouble -> {
              throw new Trouble.Found(trouble);
            },
            () -> differing.remove(move.number()));
  }

  /** What a comparison stops the walk with; remembers what is to be repaired. */
  private Optional<Trouble> trouble(MovePlan move, Comparison result) {
    if (result.unproven() == 0) {
      return Optional.empty();
    }
    differing.add(move.number());
    String told = result.told(move.target().toString());
    return Optional.of(
        result.returned().isEmpty()
            ? Trouble.of(told, "`retry` " + repairing(move, result) + OTHERWISE)
            : returned(told, result));
  }

  private static Trouble returned(String told, Comparison result) {
    return new Trouble(
        told,
        "find out who else writes "
            + result.returned().get(0).to()
            + " before you go on; kedge.finding and kedge.repair say when it came and went;"
            + " `retry` repairs it once more, and stops here again should it come back"
            + OTHERWISE,
        Trouble.Kind.RETURNED);
  }

  /** What is done about it when somebody says so; the side that is written is the truth. */
  private static String repairing(MovePlan move, Comparison result) {
    String asked = ", notes in kedge.repair who sent it, and compares again";
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      return "sets the columns that follow in these rows of " + move.target() + asked;
    }
    String source = Quoting.readable(move.source());
    boolean back =
        result.examples().stream().findFirst().filter(each -> each.to().equals(source)).isPresent();
    return "has the applier make %s equal to %s for these keys"
            .formatted(back ? move.source() : move.target(), back ? move.target() : move.source())
        + asked;
  }

  private MoveScope scope(MovePlan move) {
    return new MoveScope(helm.scope(), move);
  }
}
