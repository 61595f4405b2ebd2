package dev.kedge.workflow;

import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.RegistryActivities.DecisionNote;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Step;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Inbox.Answer;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps the gates: who may pass which, on what evidence, and who said so. */
final class GateKeeper {
  private static final List<String> GATES = Arrays.stream(Gate.values()).map(Gate::label).toList();

  /** Decisions kept; beyond it the oldest go. They are all in the registry. */
  private static final int KEPT = 100;

  private final Plan plan;
  private final StatusBoard board;
  private final Notes notes;
  private final Set<String> excluded = new LinkedHashSet<>();
  private final List<Decision> decisions = new ArrayList<>();
  private @Nullable OpenGate open;

  GateKeeper(Plan plan, StatusBoard board, Notes notes) {
    this.plan = plan;
    this.board = board;
    this.notes = notes;
  }

  /** Whoever started, resumed or retried does not approve where {@code notStarter} holds. */
  void exclude(Optional<String> mover) {
    mover.map(GateKeeper::person).ifPresent(excluded::add);
  }

  /**
   * Waits at a gate until enough people approved its evidence. A rejection is thrown as {@link
   * Trouble.Found}; the next call begins from nothing, with fresh evidence.
   */
  void await(Step.AwaitGate step, Evidence evidence, Helm helm) {
    OpenGate gate = new OpenGate(step, evidence, excluded);
    if (gate.passed()) {
      return;
    }
    open = gate;
    try {
      board.waiting(gate.waitingFor());
      gate.awaitDecision(helm);
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

  Answer approve(Message message) {
    return decide(message, true);
  }

  Answer reject(Message message) {
    return decide(message, false);
  }

  List<Decision> decisions() {
    return List.copyOf(decisions);
  }

  List<String> excluded() {
    return List.copyOf(excluded);
  }

  void restore(List<String> movers, List<Decision> earlier) {
    excluded.addAll(movers);
    decisions.addAll(earlier);
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
    record(message, approve, answer, gate);
    return answer;
  }

  private Answer count(Message message, boolean approve, @Nullable OpenGate gate) {
    if (gate == null) {
      return Answer.no("no gate is open; it does not count");
    }
    Answer answer = approve ? gate.approve(message, plan.planHash()) : gate.reject(message);
    if (answer.accepted() && !gate.passed() && gate.rejection().isEmpty()) {
      board.waiting(gate.waitingFor());
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

  private void record(Message message, boolean approve, Answer answer, @Nullable OpenGate gate) {
    Decision decision =
        new Decision(
            message.text("gate").orElse(null),
            message.by().orElse(null),
            approve,
            answer.accepted(),
            answer.message(),
            gate == null ? null : gate.evidence().hash(),
            message.text("comment").orElse(null),
            Clock.now());
    decisions.add(decision);
    if (decisions.size() > KEPT) {
      decisions.remove(0);
    }
    note(message, decision);
  }

  private void note(Message message, Decision decision) {
    String gate = decision.gate();
    String by = decision.by();
    if (gate == null || by == null || !GATES.contains(gate)) {
      return;
    }
    String requestId = message.requestId().orElseGet(() -> Workflow.randomUUID().toString());
    notes.decision(
        scope ->
            new DecisionNote(
                scope,
                Gate.of(gate),
                requestId,
                by,
                decision.approve(),
                decision.comment(),
                decision.verdict(),
                decision.evidence()));
  }
}
