package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.activity.Scope;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.drift.Drift;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.registry.Timeline;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Sync;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts together what a gate shows, and seals it: one canonical text, its hash, its number. The same
 * content has the same number however often it is sealed.
 */
final class EvidenceSeal {
  private static final String FORM = "kedge.evidence/1";

  private final Database database;
  private final SealRequest request;

  EvidenceSeal(Database database, SealRequest request) {
    this.database = database;
    this.request = request;
  }

  Evidence seal() throws SQLException {
    Scope scope = request.scope();
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "seal"),
        sql -> {
          long migration =
              sql.first(
                      EvidenceSql.FENCE, row -> row.getLong("id"), scope.migration(), scope.epoch())
                  .orElseThrow(
                      () ->
                          Failures.fenced(
                              "%s: epoch %d is over; nothing was sealed"
                                  .formatted(scope.migration(), scope.epoch())));
          Timeline.check(sql, scope);
          return seal(sql, migration);
        });
  }

  private Evidence seal(Sql sql, long migration) throws SQLException {
    Optional<Plan> plan = RecordedPlans.find(sql, request.scope().migration());
    List<MovePlan> plans = plan.map(Plan::moves).orElse(List.of());
    List<String> doubts = new ArrayList<>();
    List<Map<String, Object>> moves = new ArrayList<>();
    for (MovePlan move : plans) {
      moves.add(move(sql, migration, move, doubts));
    }
    long open = sql.one(EvidenceSql.FINDINGS, row -> row.getLong("open"), migration);
    if (open > 0) {
      doubts.add("findings are open: " + open);
    }
    last().values().stream()
        .filter(each -> each.unproven() > 0)
        .forEach(
            each -> doubts.add("move %d: %d unproven".formatted(each.move(), each.unproven())));
    List<Map<String, Object>> invariants =
        plan.isEmpty()
            ? List.of()
            : InvariantEvidence.of(sql, migration, plan.get(), request.gate(), doubts);
    Map<String, Object> content = content(moves, open, doubts);
    if (!invariants.isEmpty()) {
      content.put("invariants", invariants);
    }
    return store(sql, migration, content, doubts.isEmpty());
  }

  private Map<String, Object> content(
      List<Map<String, Object>> moves, long open, List<String> doubts) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("form", FORM);
    content.put("migration", request.scope().migration());
    content.put("planHash", request.planHash());
    content.put("gate", request.gate().label());
    content.put("moves", moves);
    content.put("comparisons", request.comparisons());
    content.put("openFindings", open);
    content.put("doubts", doubts);
    content.put("clean", doubts.isEmpty());
    return content;
  }

  private Map<String, Object> move(Sql sql, long migration, MovePlan move, List<String> doubts)
      throws SQLException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("move", move.number());
    content.put("from", Quoting.readable(move.source()));
    content.put("to", Quoting.readable(move.target()));
    content.put("kind", move.kind() == MovePlan.Kind.COPY ? "copy" : "inPlace");
    if (last().containsKey(move.number())) {
      content.putAll(proven(sql, migration, move, doubts));
    } else if (request.gate() == Gate.READS || request.gate() == Gate.WRITES) {
      doubts.add("move %d was not compared".formatted(move.number()));
    }
    return content;
  }

  private Map<String, Object> proven(Sql sql, long migration, MovePlan move, List<String> doubts)
      throws SQLException {
    Map<String, Object> content = new LinkedHashMap<>();
    String writing =
        sql.one(
            EvidenceSql.MOVE,
            row -> {
              content.put("writing", row.getString("writing"));
              if (move.sync() == Sync.SYNCHRONOUS) {
                following(content, row.getString("following"), move, doubts);
              }
              content.put("rangesNotFilled", row.getLong("open"));
              content.put("stillExplained", row.getLong("explained"));
              return row.getString("writing");
            },
            migration,
            move.number());
    boolean followed =
        move.kind() == MovePlan.Kind.IN_PLACE
            || Writing.of(writing) == Writing.OLD
            || !move.reverse().isEmpty();
    content.put("compared", followed ? compared(move, Writing.of(writing)) : "nothing follows");
    Map<String, Object> ranges = RangeEvidence.of(sql, migration, move.number());
    content.put("ranges", ranges);
    if (RangeEvidence.groupsDiffering(ranges) > 0) {
      doubts.add("move %d: groups have other counts or sums".formatted(move.number()));
    }
    content.put("findings", findings(sql, migration, move));
    if (move.quarantine()) {
      quarantine(sql, migration, move, content, doubts);
    }
    List<String> missing =
        sql.list(EvidenceSql.NOT_RESTORED, row -> row.getString("name"), migration, move.number());
    content.put("notRestored", missing);
    missing.forEach(
        name -> doubts.add("move %d: %s is not as expand made it".formatted(move.number(), name)));
    String capture = capture(sql, migration, move);
    content.put("capture", capture);
    if (!capture.equals("intact")) {
      doubts.add("move %d: %s".formatted(move.number(), capture));
    }
    return content;
  }

  private static void quarantine(
      Sql sql, long migration, MovePlan move, Map<String, Object> content, List<String> doubts)
      throws SQLException {
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      // No tail tries those again; a row that agrees now was mended by its own write.
      sql.update(EvidenceSql.FORGET_AGREEING, migration, move.number());
    }
    List<Map<String, Object>> examples =
        sql.list(
            EvidenceSql.QUARANTINED_EXAMPLES,
            row ->
                Map.<String, Object>of("key", row.getString("key"), "why", row.getString("words")),
            migration,
            move.number());
    long rows =
        sql.one(EvidenceSql.QUARANTINED, row -> row.getLong("rows"), migration, move.number());
    content.put("quarantined", rows);
    content.put("quarantine", examples);
    if (rows > 0) {
      doubts.add("move %d: rows in quarantine: %d".formatted(move.number(), rows));
    }
  }

  // Sealed before the handover, it says that readers of the target see every commit at once.
  private void following(
      Map<String, Object> content, String following, MovePlan move, List<String> doubts) {
    content.put("following", following);
    boolean before = request.gate() == Gate.READS || request.gate() == Gate.WRITES;
    if (before && "old".equals(content.get("writing")) && !following.equals("settled")) {
      doubts.add("move %d: synchronous following has not settled".formatted(move.number()));
    }
  }

  private static Map<String, String> compared(MovePlan move, Writing writing) {
    Map<String, String> how = new TreeMap<>();
    boolean reverse = writing == Writing.NEW;
    if (!reverse || move.kind() == MovePlan.Kind.IN_PLACE) {
      put(how, move.columns());
    }
    if (reverse) {
      put(how, move.reverse());
    }
    return how;
  }

  private static void put(Map<String, String> how, List<ProjectedColumn> columns) {
    columns.forEach(column -> how.put(column.column(), column.compared()));
  }

  private static List<Map<String, Object>> findings(Sql sql, long migration, MovePlan move)
      throws SQLException {
    return sql.list(
        EvidenceSql.FINDINGS_OF,
        row ->
            Map.<String, Object>of(
                "key",
                row.getString("key"),
                "kind",
                row.getString("kind"),
                "times",
                row.getInt("times")),
        migration,
        move.number());
  }

  private String capture(Sql sql, long migration, MovePlan move) throws SQLException {
    try {
      if (move.kind() == MovePlan.Kind.COPY) {
        CaptureState.check(sql, migration, move);
        Partitions.requireSettled(sql, migration, move);
      } else {
        InPlaceCapture.check(sql, new MoveScope(request.scope(), move));
      }
      Drift.check(sql, migration, move);
      return "intact";
    } catch (ApplicationFailure e) {
      return e.getOriginalMessage();
    }
  }

  /** The latest comparison of each move. */
  private Map<Integer, Comparison> last() {
    Map<Integer, Comparison> last = new TreeMap<>();
    request.comparisons().forEach(each -> last.put(each.move(), each));
    return last;
  }

  private Evidence store(Sql sql, long migration, Map<String, Object> content, boolean clean)
      throws SQLException {
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
              clean,
              hash,
              text,
              migration);
    }
    return new Evidence(number, hash, request.gate(), clean, text);
  }
}
