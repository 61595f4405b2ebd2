package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.activity.Scope;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.registry.Timeline;
import dev.kedge.spec.Gate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Puts together what a gate shows, and seals it: one canonical text, its hash, its number. The same
 * content has the same number however often it is sealed.
 */
final class EvidenceSeal {
  private static final String FORM = "kedge.evidence/1";

  private final Database database;
  private final SealRequest request;
  private final Doubts doubts = new Doubts();

  EvidenceSeal(Database database, SealRequest request) {
    this.database = database;
    this.request = request;
  }

  Evidence seal() throws SQLException {
    Scope scope = request.scope();
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "seal"),
        sql -> {
          long migration = fenced(sql, scope, "sealed");
          return store(sql, migration, content(sql, migration, plan(sql, scope)));
        });
  }

  /**
   * The migration's number, its row locked; FENCED when the epoch is over, or the server another.
   */
  static long fenced(Sql sql, Scope scope, String done) throws SQLException {
    long migration =
        sql.first(EvidenceSql.FENCE, row -> row.getLong("id"), scope.migration(), scope.epoch())
            .orElseThrow(
                () ->
                    Failures.fenced(
                        "%s: epoch %d is over; nothing was %s"
                            .formatted(scope.migration(), scope.epoch(), done)));
    Timeline.check(sql, scope);
    return migration;
  }

  static Plan plan(Sql sql, Scope scope) throws SQLException {
    return RecordedPlans.find(sql, scope.migration())
        .orElseThrow(() -> Failures.fenced(scope.migration() + " has ended; nothing was proven"));
  }

  private Map<String, Object> content(Sql sql, long migration, Plan plan) throws SQLException {
    List<Map<String, Object>> moves = new ArrayList<>();
    for (MovePlan move : plan.moves()) {
      moves.add(move(sql, migration, plan, move));
    }
    doubts.addOfMigration(sql, migration);
    last().values().forEach(comparison -> doubts.addUnproven(plan, comparison));
    List<Map<String, Object>> invariants =
        doubts.addOfInvariants(sql, migration, plan, request.gate());
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("form", FORM);
    content.put("kedge", version());
    content.put("migration", request.scope().migration());
    content.put("planHash", request.planHash());
    content.put("gate", request.gate().label());
    content.put("moves", moves);
    content.put("comparisons", request.comparisons());
    content.put("openFindings", Doubts.openFindings(sql, migration));
    content.put("doubts", doubts.sentences());
    content.put("clean", doubts.none());
    if (!invariants.isEmpty()) {
      content.put("invariants", invariants);
    }
    return content;
  }

  private Map<String, Object> move(Sql sql, long migration, Plan plan, MovePlan move)
      throws SQLException {
    MoveEvidence evidence = new MoveEvidence(sql, migration, move, doubts);
    if (last().containsKey(move.number())) {
      return evidence.proven(request.scope(), request.gate(), plan);
    }
    if (request.gate() == Gate.READS || request.gate() == Gate.WRITES) {
      doubts.add(move, "it was not compared");
    }
    return evidence.named();
  }

  /** The latest comparison of each move. */
  private Map<Integer, Comparison> last() {
    Map<Integer, Comparison> last = new TreeMap<>();
    request.comparisons().forEach(each -> last.put(each.move(), each));
    return last;
  }

  private static String version() {
    return Objects.requireNonNullElse(
        EvidenceSeal.class.getPackage().getImplementationVersion(), "from sources");
  }

  private Evidence store(Sql sql, long migration, Map<String, Object> content) throws SQLException {
    String text = CanonicalJson.text(content);
    String hash = CanonicalJson.hashOfText(text);
    Integer number =
        sql.first(EvidenceSql.SEALED, row -> row.getInt("number"), migration, hash).orElse(null);
    if (number == null) {
      number =
          sql.one(
              EvidenceSql.SEAL,
              row -> row.getInt("number"),
              migration,
              request.gate().label(),
              doubts.none(),
              hash,
              text,
              migration);
    }
    return new Evidence(number, hash, request.gate(), doubts.none(), text, doubts.sentences());
  }
}
