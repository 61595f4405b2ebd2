package dev.kedge.spec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads one move and checks that it does not contradict itself. */
final class MoveReader {
  static final List<String> FIELDS =
      List.of("from", "to", "columns", "ignore", "where", "key", "reverse", "sync");

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
    Optional<TableName> from = table(fields, "from", "a merge by join");
    Optional<TableName> to = table(fields, "to", "copy to another database");
    fields.get("sync").ifPresent(this::sync);
    Map<String, String> columns = fields.get("columns").map(names::expressions).orElse(Map.of());
    List<String> ignore = fields.get("ignore").map(names::columns).orElse(List.of());
    Optional<String> where = fields.get("where").flatMap(names::expression);
    List<String> key = fields.get("key").map(names::columns).orElse(List.of());
    Map<String, String> reverse = fields.get("reverse").map(names::expressions).orElse(Map.of());
    if (from.isEmpty() || to.isEmpty()) {
      return Optional.empty();
    }
    boolean follows = fields.get("reverse").isPresent();
    Move move =
        new Move(from.get(), to.get(), columns, ignore, where.orElse(null), key, reverse, follows);
    check(move, node, fields);
    return Optional.of(move);
  }

  private Optional<TableName> table(Fields fields, String name, String feature) {
    Optional<Node> node = fields.required(name);
    if (node.isPresent() && node.get() instanceof MappingNode) {
      Fields.later(node.get(), name, feature, problems);
      return Optional.empty();
    }
    Optional<TableName> table = node.flatMap(names::table);
    if (table.isPresent() && isReserved(table.get().schema())) {
      String message = "no move can be made in the schema " + table.get().schema();
      problems.add(node.get(), Codes.MOVES, message);
      return Optional.empty();
    }
    return table;
  }

  private static boolean isReserved(String schema) {
    return schema.equals("kedge")
        || schema.startsWith("pg_")
        || schema.equals("information_schema");
  }

  private void sync(Node node) {
    if (node instanceof ScalarNode scalar && scalar.getValue().equals("synchronous")) {
      Fields.later(node, "sync: synchronous", "synchronous following", problems);
    } else if (!(node instanceof ScalarNode scalar && scalar.getValue().equals("trailing"))) {
      scalars.unexpected(node, "trailing", null);
    }
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
    }
  }
}
