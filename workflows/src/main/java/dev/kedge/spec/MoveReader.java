package dev.kedge.spec;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads one move and checks that it does not contradict itself. */
final class MoveReader {
  static final List<String> FIELDS =
      List.of(
          "from",
          "to",
          "columns",
          "ignore",
          "where",
          "key",
          "reverse",
          "owns",
          "sync",
          "fires",
          "compare",
          "deepCheck",
          "window",
          "groupBy");

  private final Problems problems;
  private final Scalars scalars;
  private final NameReader names;

  MoveReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.names = new NameReader(problems);
  }

  /** The move at {@code node}; empty when it cannot even be said what it moves. */
  Optional<Move> read(Node node) {
    Fields fields = Fields.of(node, "a move", FIELDS, problems);
    SourceReader tables = new SourceReader(problems);
    Optional<SourceReader.Tables> from = fields.required("from").flatMap(tables::source);
    Optional<TableName> to = fields.required("to").flatMap(tables::target);
    Sync sync = fields.get("sync").map(this::sync).orElse(Sync.TRAILING);
    Map<String, String> columns = fields.get("columns").map(names::expressions).orElse(Map.of());
    List<String> ignore = fields.get("ignore").map(names::columns).orElse(List.of());
    Optional<String> where = fields.get("where").flatMap(names::expression);
    List<String> key = fields.get("key").map(names::columns).orElse(List.of());
    Map<String, String> reverse = fields.get("reverse").map(names::expressions).orElse(Map.of());
    Optional<String> owns = fields.get("owns").flatMap(names::expression);
    List<String> fires = fields.get("fires").map(names::triggers).orElse(List.of());
    Map<String, CompareRule> compare =
        fields.get("compare").map(new CompareReader(problems)::read).orElse(Map.of());
    ScrutinyReader scrutiny = new ScrutinyReader(problems);
    Optional<DeepCheck> deepCheck = fields.get("deepCheck").flatMap(scrutiny::deepCheck);
    Optional<RecentRows> window = fields.get("window").flatMap(scrutiny::window);
    List<String> groupBy = fields.get("groupBy").map(names::columns).orElse(List.of());
    if (from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    boolean follows = fields.get("reverse").isPresent();
    Move move =
        new Move(
            from.get().main(),
            to.get(),
            columns,
            ignore,
            where.orElse(null),
            key,
            reverse,
            follows,
            from.get().joins(),
            owns.orElse(null),
            sync,
            fires,
            compare,
            deepCheck.orElse(null),
            window.orElse(null),
            groupBy);
    check(move, node, fields);
    return Optional.of(move);
  }

  private Sync sync(Node node) {
    if (Scalars.isText(node, "synchronous")) {
      return Sync.SYNCHRONOUS;
    }
    if (!Scalars.isText(node, "trailing")) {
      scalars.unexpected(node, "trailing or synchronous", null);
    }
    return Sync.TRAILING;
  }

  private void check(Move move, Node at, Fields fields) {
    if (move.inPlace()) {
      checkInPlace(move, at, fields);
    } else {
      checkCopy(move, fields);
    }
  }

  private void checkInPlace(Move move, Node at, Fields fields) {
    if (fields.get("columns").isEmpty()) {
      problems.add(
          fields.get("to").orElse(at),
          Codes.MOVES,
          "a move within " + move.to() + " needs columns",
          "say which columns are filled, and with what: columns: { handle: lower(username) }");
    }
    refuseInPlace(fields, "where", "every row of the table gets its value");
    refuseInPlace(fields, "ignore", "only the columns named in columns are written");
    refuseInPlace(fields, "owns", "every row of the table gets its value");
    refuseInPlace(fields, "groupBy", "both sides are the same rows");
    if (move.sync() == Sync.SYNCHRONOUS) {
      refuseInPlace(fields, "sync", "new columns in place are filled with every write anyway");
    }
    for (String column : move.reverse().keySet()) {
      if (move.columns().containsKey(column)) {
        problems.add(
            fields.get("reverse").orElse(at),
            Codes.MOVES,
            Scalars.shown(column) + " is in columns and in reverse",
            "columns names new columns, reverse names old ones");
      }
    }
  }

  private void refuseInPlace(Fields fields, String name, String why) {
    fields
        .get(name)
        .ifPresent(
            node ->
                problems.add(
                    node, Codes.MOVES, name + " is only for a copy to another table", why));
  }

  private void checkCopy(Move move, Fields fields) {
    fields
        .get("fires")
        .ifPresent(
            node ->
                problems.add(
                    node,
                    Codes.MOVES,
                    "fires is only for a move within one table",
                    "create triggers of a copy's target in contract"));
    if (!move.joins().isEmpty()) {
      checkJoin(move, fields);
    }
    if (move.where() != null && move.follows()) {
      Fields.later(
          fields.get("reverse").orElseThrow(),
          "where together with reverse",
          "way back for a part of a table",
          problems);
    }
    for (String column : move.ignore()) {
      if (move.columns().containsKey(column)) {
        problems.add(
            fields.get("ignore").orElseThrow(),
            Codes.MOVES,
            Scalars.shown(column) + " is in columns and in ignore");
      }
      if (move.compare().containsKey(column)) {
        problems.add(
            fields.get("compare").orElseThrow(),
            Codes.MOVES,
            Scalars.shown(column) + " is in compare and in ignore",
            "a column that is not copied is not compared either; leave it out of compare");
      }
    }
  }

  private void checkJoin(Move move, Fields fields) {
    Set<TableName> seen = new HashSet<>(List.of(move.from(), move.to()));
    for (Join join : move.joins()) {
      if (!seen.add(join.table())) {
        problems.add(
            fields.get("from").orElseThrow(),
            Codes.MOVES,
            join.table() + " is in this move twice",
            "every table of a merge is named once");
      }
    }
    if (move.follows()) {
      Fields.later(
          fields.get("reverse").orElseThrow(),
          "reverse of a merge",
          "way back from one table into several",
          problems);
    }
    if (move.sync() == Sync.SYNCHRONOUS) {
      problems.add(
          fields.get("sync").orElseThrow(),
          Codes.MOVES,
          "a merge by join is never synchronous",
          "triggers of two sources would deadlock over the merged row; leave sync out");
    }
  }
}
