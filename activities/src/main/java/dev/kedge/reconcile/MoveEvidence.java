package dev.kedge.reconcile;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.drift.Drift;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.Expanded;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Sync;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What evidence says of one move, and what is in doubt about it. */
final class MoveEvidence {
  private final Sql sql;
  private final long migration;
  private final MovePlan move;
  private final Doubts doubts;

  MoveEvidence(Sql sql, long migration, MovePlan move, Doubts doubts) {
    this.sql = sql;
    this.migration = migration;
    this.move = move;
    this.doubts = doubts;
  }

  /** Of any move: what it is. */
  Map<String, Object> named() {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("move", move.number());
    content.put("from", Quoting.readable(move.source()));
    content.put("to", Quoting.readable(move.target()));
    content.put("kind", move.kind() == MovePlan.Kind.COPY ? "copy" : "inPlace");
    return content;
  }

  /** Of a move that was compared: how, and that what it stands on is as it was left. */
  Map<String, Object> proven(Scope scope, Gate gate, Plan plan) throws SQLException {
    Map<String, Object> content = named();
    Writing writing =
        sql.one(
            EvidenceSql.MOVE,
            row -> {
              content.put("writing", row.getString("writing"));
              if (move.sync() == Sync.SYNCHRONOUS) {
                following(content, row.getString("following"), gate);
              }
              content.put("rangesNotFilled", row.getLong("open"));
              content.put("stillExplained", row.getLong("explained"));
              return Writing.of(row.getString("writing"));
            },
            migration,
            move.number());
    boolean followed =
        move.kind() == MovePlan.Kind.IN_PLACE
            || writing == Writing.OLD
            || !move.reverse().isEmpty();
    content.put("compared", followed ? compared(writing) : "nothing follows");
    ranges(content);
    content.put("findings", findings());
    if (move.quarantine()) {
      quarantine(content);
    }
    content.put("repairs", repairs());
    content.put("writtenByKedge", written(writing));
    if (move.kind() == MovePlan.Kind.IN_PLACE) {
      sourceColumns(content, plan);
    }
    content.put("notRestored", notRestored());
    content.put("targetSinceExpand", sinceExpand());
    content.put("capture", capture(scope));
    return content;
  }

  private void ranges(Map<String, Object> content) throws SQLException {
    Map<String, Object> ranges = RangeEvidence.of(sql, migration, move.number());
    content.put("ranges", ranges);
    if (RangeEvidence.groupsDiffering(ranges) > 0) {
      doubts.add(move, "groups have other counts or sums");
    }
  }

  private void sourceColumns(Map<String, Object> content, Plan plan) throws SQLException {
    Map<String, Object> proof = SourceEvidence.of(sql, migration, move).orElse(null);
    if (proof != null) {
      content.put("sourceColumns", proof);
      SourceEvidence.doubt(proof, plan, move).ifPresent(doubt -> doubts.add(move, doubt));
    }
  }

  // Sealed before the handover, it says that readers of the target see every commit at once.
  private void following(Map<String, Object> content, String following, Gate gate) {
    content.put("following", following);
    boolean before = gate == Gate.READS || gate == Gate.WRITES;
    if (before && "old".equals(content.get("writing")) && !following.equals("settled")) {
      doubts.add(move, "synchronous following has not settled");
    }
  }

  private Map<String, String> compared(Writing writing) {
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

  private List<Map<String, Object>> findings() throws SQLException {
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

  private void quarantine(Map<String, Object> content) throws SQLException {
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
      doubts.add(move, "rows in quarantine: " + rows);
    }
  }

  private List<Map<String, Object>> repairs() throws SQLException {
    return sql.list(
        EvidenceSql.REPAIRS_OF,
        row -> {
          Map<String, Object> repair = new LinkedHashMap<>();
          repair.put("askedBy", row.getString("asked_by"));
          repair.put("direction", row.getString("direction"));
          repair.put("applier", row.getString("applier"));
          repair.put("findings", row.getLong("findings"));
          repair.put("repaired", row.getLong("repaired"));
          repair.put("open", row.getLong("still_open"));
          repair.put("at", row.getString("at"));
          return repair;
        },
        migration,
        move.number());
  }

  /**
   * The columns that statements of ours set, table by table: no other column of the source was
   * written by us, since those statements are made of the plan, and name no other.
   */
  private Map<String, List<String>> written(Writing writing) {
    Map<String, List<String>> written = new TreeMap<>();
    written.put(Quoting.readable(move.target()), names(move.columns()));
    if (writing == Writing.NEW && !move.reverse().isEmpty()) {
      written.merge(Quoting.readable(move.source()), names(move.reverse()), MoveEvidence::together);
    }
    return written;
  }

  private static List<String> names(List<ProjectedColumn> columns) {
    return columns.stream().map(ProjectedColumn::column).sorted().toList();
  }

  private static List<String> together(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).distinct().sorted().toList();
  }

  private List<String> notRestored() throws SQLException {
    List<String> missing =
        sql.list(EvidenceSql.NOT_RESTORED, row -> row.getString("name"), migration, move.number());
    missing.forEach(name -> doubts.add(move, name + " is not as expand made it"));
    return missing;
  }

  private Object sinceExpand() throws SQLException {
    Expanded.Difference difference =
        Expanded.difference(sql, migration, move.target()).orElse(null);
    if (difference == null) {
      return "not made or changed by expand";
    }
    if (!difference.holds()) {
      String line =
          difference.gone().isEmpty() ? difference.added().get(0) : difference.gone().get(0);
      doubts.add(
          move,
          "%s is not as expand made it: %s is %s"
              .formatted(
                  Quoting.readable(move.target()),
                  line,
                  difference.gone().isEmpty() ? "new" : "gone or changed"));
    }
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("gone", difference.gone());
    content.put("added", difference.added());
    return content;
  }

  private String capture(Scope scope) throws SQLException {
    String capture = captureState(scope);
    if (!capture.equals("intact")) {
      doubts.add(move, capture);
    }
    return capture;
  }

  private String captureState(Scope scope) throws SQLException {
    try {
      if (move.kind() == MovePlan.Kind.COPY) {
        CaptureState.check(sql, migration, move);
        Partitions.requireSettled(sql, migration, move);
      } else {
        InPlaceCapture.check(sql, new MoveScope(scope, move));
      }
      Drift.check(sql, migration, move);
      return "intact";
    } catch (ApplicationFailure e) {
      return e.getOriginalMessage();
    }
  }
}
