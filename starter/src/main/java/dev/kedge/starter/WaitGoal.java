package dev.kedge.starter;

import dev.kedge.console.Problem;
import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What somebody waits for, and how a status is judged by it. */
final class WaitGoal {
  /** How a status is judged. */
  enum Judgement {
    REACHED,
    NOT_YET,
    /** It has stopped, and the goal will not come by itself. */
    STOPPED
  }

  private static final List<String> EXAMPLES =
      List.of("gate:reads", "phase:backfill", "paused", "parked", "completed", "any");

  private final String text;
  private final Function<MigrationStatus, Judgement> judge;

  private WaitGoal(String text, Function<MigrationStatus, Judgement> judge) {
    this.text = text;
    this.judge = judge;
  }

  /** The goal {@code text} names; refused with the known ones when it is none. */
  static WaitGoal parse(String text) {
    return new WaitGoal(text, judgeOf(text));
  }

  private static Function<MigrationStatus, Judgement> judgeOf(String text) {
    if (text.startsWith("gate:")) {
      Gate gate = Words.gate(text.substring("gate:".length()));
      return status -> gate(status, gate);
    }
    if (text.startsWith("phase:")) {
      Phase phase = phaseOf(text.substring("phase:".length()));
      return status -> phase(status, phase);
    }
    return switch (text) {
      case "completed" -> status -> state(status, State.COMPLETED);
      case "paused" -> status -> state(status, State.PAUSED);
      case "parked" -> status -> state(status, State.PARKED);
      case "any" -> WaitGoal::any;
      default ->
          throw Problem.usage(
              "KD1203",
              "there is nothing to wait for called \"" + text + "\"",
              "wait for " + String.join(", ", EXAMPLES));
    };
  }

  private static Phase phaseOf(String label) {
    return Words.one(
        "phase", label, Arrays.stream(Phase.values()).map(Phase::label).toList(), Phase::of);
  }

  Judgement judge(MigrationStatus status) {
    return judge.apply(status);
  }

  // A gate that was passed already was reached: whoever waits for it wants to go on. It waits in
  // the
  // phase before its own, which it lets in.
  private static Judgement gate(MigrationStatus status, Gate gate) {
    var open = status.waitingFor();
    boolean here = status.state() == State.WAITING && open != null && open.gate() == gate;
    boolean passed = status.phase().compareTo(Phase.of(gate.label())) >= 0;
    return lost(status) ? Judgement.STOPPED : here || passed ? Judgement.REACHED : goesOn(status);
  }

  private static Judgement phase(MigrationStatus status, Phase phase) {
    if (lost(status)) {
      return Judgement.STOPPED;
    }
    return status.phase().compareTo(phase) >= 0 ? Judgement.REACHED : goesOn(status);
  }

  private static Judgement state(MigrationStatus status, State state) {
    return status.state() == state ? Judgement.REACHED : goesOn(status);
  }

  private static Judgement any(MigrationStatus status) {
    return lost(status)
        ? Judgement.STOPPED
        : status.state() == State.RUNNING ? Judgement.NOT_YET : Judgement.REACHED;
  }

  private static boolean lost(MigrationStatus status) {
    return status.state() == State.ABORTED || status.state() == State.ROLLED_BACK;
  }

  private static Judgement goesOn(MigrationStatus status) {
    return status.state() == State.RUNNING || status.state() == State.WAITING
        ? Judgement.NOT_YET
        : Judgement.STOPPED;
  }

  @Override
  public String toString() {
    return text;
  }
}
