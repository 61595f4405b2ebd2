package dev.kedge.reconcile;

import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.InvariantNotes;
import dev.kedge.registry.InvariantNotes.Kept;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Invariant;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of a gate's evidence that is about invariants: what each came to, and when. */
final class InvariantEvidence {
  private InvariantEvidence() {}

  /**
   * A map an invariant, in the order of the spec; none for a spec without. What must hold and is
   * not known to becomes a doubt. Before anything is expanded there is nothing to check.
   */
  static List<Map<String, Object>> of(
      Sql sql, long migration, Plan plan, Gate gate, List<String> doubts) throws SQLException {
    List<Map<String, Object>> all = new ArrayList<>();
    if (gate == Gate.EXPAND || plan.spec().invariants().isEmpty()) {
      return all;
    }
    List<Kept> kept = InvariantNotes.read(sql, migration);
    for (Invariant invariant : plan.spec().invariants()) {
      Optional<InvariantResult> result =
          kept.stream()
              .map(Kept::result)
              .filter(each -> each.name().equals(invariant.name()))
              .findFirst();
      if (result.isEmpty()) {
        doubts.add("invariant " + invariant.name() + " was never checked");
      } else {
        all.add(content(invariant, result.get()));
        if (result.get().required() && result.get().state() != InvariantState.HOLDS) {
          doubts.add("invariant " + result.get().words());
        }
      }
    }
    return all;
  }

  private static Map<String, Object> content(Invariant invariant, InvariantResult result) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("name", result.name());
    content.put("queries", invariant.queries());
    content.put("result", result.state().label());
    content.put("required", result.required());
    if (result.rows() != null) {
      content.put("rows", result.rows());
      content.put("keys", result.keys());
    }
    if (result.reason() != null) {
      content.put("reason", result.reason());
    }
    content.put("checkedAt", result.at());
    return content;
  }
}
