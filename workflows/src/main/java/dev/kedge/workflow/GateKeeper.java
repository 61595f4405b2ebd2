package dev.kedge.workflow;

import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Inbox.Answer;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps the gates: who may pass which, on what evidence, and who said so. */
final class GateKeeper {
  static final List<String> GATES = Arrays.stream(Gate.values()).map(Gate::label).toList();

  private final Plan plan;
  private final StatusBoard board;
  private final Set<String> excluded = new LinkedHashSet<>();
  private final Decisions decisions;
  private @Nullable OpenGate open;

  /** Whose approvals were lost on the way, to be told at the next gate. */
  private @Nullable String lost;

  GateKeeper(Plan plan, StatusBoard board, Notes notes) {
    this.plan = plan;
    this.board = board;
    this.decisions = new Decisions(notes);
  }

  /** Whoever started, resumed or retried does not approve where {@code notStarter} holds. */
  void exclude(Optional<String> mover) {
    mover.map(GateKeeper::person).ifPresent(excluded::add);
  }

  /**
   * Waits at a gate until enough people approved its evidence, and it still holds then. A
   * rejection, or evidence that holds no more, is thrown as {@link Trouble.Found}; the next call
   * begins from nothing, with fresh evidence.
   */
  void await(Step.AwaitGate step, Evidence evidence, Helm helm, Vigil vigil) {
    OpenGate gate = new OpenGate(step, evidence, excluded);
    if (gate.passed()) {
      return;
    }
    open = gate;
    try {
      board.waiting(gate.waitingFor(), lost, lost == null ? null : "approve again");
      lost = null;
      awaitProven(gate, helm, vigil);
    } finally {
      open = null;
      board.gateClosed();
    }
    gate.rejection()
        .ifPresent(
            reason -> {
              throw new Trouble.Found(
                  Trouble.of(
                      reason,
                      "`retry` opens the gate again with fresh evidence; "
                          + "`rollback` undoes, `abort` stops for good"));
            });
  }

  private void awaitProven(OpenGate gate, Helm helm, Vigil vigil) {
    vigil.begin();
    Optional<Trouble> lapse;
    try {
      try {
        gate.awaitDecision(helm, vigil::over);
        lapse = vigil.lapse();
      } finally {
        vigil.end();
      }
      if (lapse.isEmpty() && gate.passed()) {
        lapse = vigil.lastLook();
      }
    } catch (CanceledFailure | ActivityFailure calledOff) {
      lose(gate);
      throw calledOff;
    }
    lapse.ifPresent(
        trouble -> {
          throw new Trouble.Found(lapse(gate, trouble));
        });
  }

  /** Approvals of what holds no more are void; who gave them is told why. */
  private Trouble lapse(OpenGate gate, Trouble trouble) {
    boolean says = trouble.kind() == Trouble.Kind.PARKS || trouble.kind() == Trouble.Kind.RETURNED;
    if (!says) {
      lose(gate);
      return trouble;
    }
    decisions.lapse(gate.evidence().hash(), trouble.reason());
    return gate.approvedBy().isEmpty()
        ? trouble
        : trouble.with(
            "; approvals by " + String.join(", ", gate.approvedBy()) + " do not count any more");
  }

  /** It stops for a reason of its own; when it goes on, evidence is sealed anew. */
  private void lose(OpenGate gate) {
    String why =
        "it was stopped while gate " + gate.gate().label() + " waited, and evidence is sealed anew";
    decisions.lapse(gate.evidence().hash(), why);
    if (!gate.approvedBy().isEmpty()) {
      lost =
          "approvals by %s do not count any more: %s"
              .formatted(String.join(", ", gate.approvedBy()), why);
    }
  }

  Answer approve(Message message) {
    return decide(message, true);
  }

  Answer reject(Message message) {
    return decide(message, false);
  }

  List<Decision> decisions() {
    return decisions.all();
  }

  List<String> excluded() {
    return List.copyOf(excluded);
  }

  void restore(List<String> movers, List<Decision> earlier) {
    excluded.addAll(movers);
    decisions.restore(earlier);
  }

  /** The form in which two spellings of one person are equal. */
  static String person(String name) {
    return name.strip().toLowerCase(Locale.ROOT);
  }

  private Answer decide(Message message, boolean approve) {
    OpenGate gate = open;
    Answer answer =
        formComplaint(message, approve)
            .or(() -> doorComplaint(message, gate))
            .map(complaint -> Answer.no(complaint + "; it does not count"))
            .orElseGet(() -> count(message, approve, gate));
    decisions.record(message, approve, answer, gate == null ? null : gate.evidence().hash());
    return answer;
  }

  private Answer count(Message message, boolean approve, @Nullable OpenGate gate) {
    if (gate == null) {
      return Answer.no("no gate is open; it does not count");
    }
    Answer answer =
        approve ? gate.approve(message, plan.planHash(), decisions.lapsed()) : gate.reject(message);
    if (answer.accepted() && !gate.passed() && gate.rejection().isEmpty()) {
      board.waiting(gate.waitingFor(), null, null);
    }
    return answer;
  }

  private static Optional<String> formComplaint(Message message, boolean approve) {
    String signal = approve ? "approve" : "reject";
    String example = "send {\"gate\":\"reads\",\"by\":\"you@example.com\"}";
    Optional<String> gate = message.text("gate");
    if (gate.isEmpty()) {
      return Optional.of(signal + " does not say which gate; " + example + message.unknownFields());
    }
    if (!GATES.contains(gate.get())) {
      return Optional.of(
          "there is no gate \""
              + Message.shortened(gate.get(), 40)
              + "\""
              + Spelling.hint(gate.get(), GATES));
    }
    return message.by().isPresent()
        ? Optional.empty()
        : Optional.of(signal + " does not say who you are; " + example + message.unknownFields());
  }

  private Optional<String> doorComplaint(Message message, @Nullable OpenGate gate) {
    String asked = message.text("gate").orElse("");
    if (gate != null && gate.gate().label().equals(asked)) {
      return Optional.empty();
    }
    if (gate != null) {
      return Optional.of(
          "gate " + asked + " is not open; the one that waits is " + gate.gate().label());
    }
    if (board.phase().compareTo(Phase.of(asked)) >= 0) {
      return Optional.of("gate " + asked + " was passed before");
    }
    return Optional.of(
        "gate "
            + asked
            + " is not open: its evidence is not sealed yet (phase "
            + board.phase().label()
            + ", "
            + board.state().label()
            + "); send it again when the gate waits");
  }
}
