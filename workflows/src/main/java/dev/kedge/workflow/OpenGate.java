package dev.kedge.workflow;

import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.plan.Step;
import dev.kedge.spec.ApprovalPolicy;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Inbox.Answer;
import dev.kedge.workflow.MigrationStatus.WaitingFor;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One gate that waits, on one sealed piece of evidence. */
final class OpenGate {
  /**
   * A waiting gate is a timer, since the UI opens on the timeline and shows timers with their
   * summaries. Nothing happens when it fires: it is set again.
   */
  private static final Duration SHOWN = Duration.ofDays(30);

  private final Gate gate;
  private final ApprovalPolicy policy;
  private final Evidence evidence;
  private final Set<String> excluded;
  private final Set<String> approvedBy = new LinkedHashSet<>();
  private @Nullable String rejection;

  OpenGate(Step.AwaitGate step, Evidence evidence, Set<String> excluded) {
    this.gate = step.gate();
    this.policy = step.policy();
    this.evidence = evidence;
    this.excluded = excluded;
  }

  Gate gate() {
    return gate;
  }

  Evidence evidence() {
    return evidence;
  }

  /** Whether enough people approved; with {@code count: 0} clean evidence is enough. */
  boolean passed() {
    return approvedBy.size() >= policy.count() && rejection == null;
  }

  /** Who has approved so far. */
  Set<String> approvedBy() {
    return Collections.unmodifiableSet(approvedBy);
  }

  /** Who rejected and why, as a sentence. */
  Optional<String> rejection() {
    return Optional.ofNullable(rejection);
  }

  WaitingFor waitingFor() {
    return new WaitingFor(gate, policy.count(), approvedBy.size(), evidence.hash());
  }

  /**
   * Waits; {@code helm} ends the wait when the walk is stopped.
   *
   * @param over whether the evidence holds no more, so that there is nothing to decide
   */
  void awaitDecision(Helm helm, BooleanSupplier over) {
    while (!decided() && !over.getAsBoolean()) {
      int seen = approvedBy.size();
      LongTimer timer = new LongTimer(SHOWN, summary());
      try {
        helm.await(
            () -> decided() || over.getAsBoolean() || approvedBy.size() != seen || timer.fired());
      } finally {
        timer.stop();
      }
    }
  }

  /**
   * @param lapsed why evidence that was sealed before is void, by hash
   */
  Answer approve(Message message, String planHash, Map<String, String> lapsed) {
    String by = message.by().orElse("");
    return staleness(message, planHash, lapsed)
        .or(() -> objection(by))
        .map(Answer::no)
        .or(() -> exclusion(by).map(Answer::notAuthorised))
        .orElseGet(
            () -> {
              approvedBy.add(GateKeeper.person(by));
              return Answer.yes(
                  passed()
                      ? "gate "
                          + gate.label()
                          + " opens after a last look at its evidence, approved by "
                          + String.join(", ", approvedBy)
                      : approvedBy.size() + " of " + policy.count() + " approvals");
            });
  }

  Answer reject(Message message) {
    rejection = "gate " + gate.label() + " rejected by " + message.sender() + message.because();
    return Answer.yes(rejection);
  }

  private boolean decided() {
    return passed() || rejection != null;
  }

  private Optional<String> staleness(Message message, String planHash, Map<String, String> lapsed) {
    Optional<String> otherPlan =
        message
            .text("planHash")
            .filter(hash -> !hash.equals(planHash))
            .map(hash -> "it approves another plan; this one is " + planHash);
    return otherPlan.or(
        () ->
            message
                .text("evidence")
                .filter(hash -> !hash.equals(evidence.hash()))
                .map(
                    hash ->
                        "it approves other evidence; what is sealed now is "
                            + evidence.hash()
                            + (lapsed.containsKey(hash) ? "; for " + lapsed.get(hash) : "")));
  }

  private Optional<String> objection(String by) {
    String person = GateKeeper.person(by);
    if (decided()) {
      return Optional.of("gate " + gate.label() + " is decided already");
    }
    return approvedBy.contains(person)
        ? Optional.of(by + " has approved already; one person counts once")
        : Optional.empty();
  }

  /** Why this person is not one of those who decide here. */
  private Optional<String> exclusion(String by) {
    String person = GateKeeper.person(by);
    if (!policy.from().isEmpty()
        && policy.from().stream().map(GateKeeper::person).noneMatch(person::equals)) {
      return Optional.of(by + " is not among those who may: " + String.join(", ", policy.from()));
    }
    if (policy.notStarter() && excluded.contains(person)) {
      return Optional.of(
          by + " started, resumed or retried this migration; somebody else must approve");
    }
    return Optional.empty();
  }

  private String summary() {
    int missing = policy.count() - approvedBy.size();
    StringBuilder text = new StringBuilder("await gate ").append(gate.label()).append(": ");
    text.append(missing).append(approvedBy.isEmpty() ? "" : " more");
    text.append(missing == 1 ? " approval needed" : " approvals needed");
    if (!policy.from().isEmpty()) {
      text.append(" from ").append(String.join(", ", policy.from()));
    }
    if (policy.notStarter() && !excluded.isEmpty()) {
      text.append(", not ").append(String.join(", ", excluded));
    }
    return Message.shortened(text.toString(), 200);
  }
}
