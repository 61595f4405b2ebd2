package dev.kedge.reconcile;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Gate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Why evidence does not prove a promotion, a sentence each; no row data. Whoever has something that
 * would keep a gate shut adds it here: what is sealed and every later look at it ask the same.
 */
final class Doubts {
  private final List<String> sentences = new ArrayList<>();

  void add(String sentence) {
    sentences.add(sentence);
  }

  void add(MovePlan move, String sentence) {
    add("move %d: %s".formatted(move.number(), sentence));
  }

  /** What the registry says of the migration as a whole. */
  void addOfMigration(Sql sql, long migration) throws SQLException {
    long open = openFindings(sql, migration);
    if (open > 0) {
      add("findings are open: " + open);
    }
  }

  /** Whether the plan is still the one that evidence was sealed for. */
  void addOfPlan(Sql sql, long migration, String planHash) throws SQLException {
    String recorded = sql.one(EvidenceSql.PLAN_HASH, row -> row.getString("plan_hash"), migration);
    if (!recorded.equals(planHash)) {
      add("the plan is another: %s is recorded, %s was to be proven".formatted(recorded, planHash));
    }
  }

  /** What the invariants of the spec came to last; returns that, too. */
  List<Map<String, Object>> addOfInvariants(Sql sql, long migration, Plan plan, Gate gate)
      throws SQLException {
    return InvariantEvidence.of(sql, migration, plan, gate, sentences);
  }

  /** What a compare left unproven. */
  void addUnproven(Plan plan, Comparison comparison) {
    if (comparison.unproven() > 0) {
      MovePlan move = plan.move(comparison.move());
      add(move, comparison.told(Quoting.readable(move.target())));
    }
  }

  static long openFindings(Sql sql, long migration) throws SQLException {
    return sql.one(EvidenceSql.FINDINGS, row -> row.getLong("open"), migration);
  }

  boolean none() {
    return sentences.isEmpty();
  }

  List<String> sentences() {
    return List.copyOf(sentences);
  }
}
