package dev.kedge.workflow;

import dev.kedge.activity.RegistryActivities.DecisionNote;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.Inbox.Answer;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people decided at gates, and what became of it. */
final class Decisions {
  /** Decisions kept; beyond it the oldest go. They are all in the registry. */
  private static final int KEPT = 100;

  private final Notes notes;
  private final List<Decision> kept = new ArrayList<>();

  /** Why evidence that was sealed is void, by its hash. */
  private final Map<String, String> lapsed = new LinkedHashMap<>();

  Decisions(Notes notes) {
    this.notes = notes;
  }

  List<Decision> all() {
    return List.copyOf(kept);
  }

  void restore(List<Decision> earlier) {
    kept.addAll(earlier);
  }

  /** Evidence holds no more: whoever approved it did so of nothing. */
  void lapse(String hash, String why) {
    lapsed.put(hash, why);
    kept.replaceAll(
        decision ->
            decision.accepted() && decision.approve() && hash.equals(decision.evidence())
                ? decision.voided(why)
                : decision);
  }

  /** Why evidence that was sealed is void, by its hash. */
  Map<String, String> lapsed() {
    return Collections.unmodifiableMap(lapsed);
  }

  /**
   * Keeps a decision, and tells the registry.
   *
   * @param evidence the sealed hash it was counted against; null when none was
   */
  void record(Message message, boolean approve, Answer answer, @Nullable String evidence) {
    Decision decision =
        new Decision(
            message.text("gate").orElse(null),
            message.by().orElse(null),
            approve,
            answer.accepted(),
            answer.message(),
            evidence,
            message.text("comment").orElse(null),
            Clock.now(),
            null);
    kept.add(decision);
    if (kept.size() > KEPT) {
      kept.remove(0);
    }
    note(message, decision);
  }

  private void note(Message message, Decision decision) {
    String gate = decision.gate();
    String by = decision.by();
    if (gate == null || by == null || !GateKeeper.GATES.contains(gate)) {
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
