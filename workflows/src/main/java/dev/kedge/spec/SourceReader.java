package dev.kedge.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads what a move reads from, one table or several joined by key, and what it fills. */
final class SourceReader {
  static final List<String> FIELDS = List.of("main", "join");
  static final List<String> JOIN_FIELDS = List.of("table", "optional");

  private final Problems problems;
  private final Scalars scalars;
  private final NameReader names;

  SourceReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.names = new NameReader(problems);
  }

  /** The tables a move reads: the one that says which rows there are, and those joined to it. */
  record Tables(TableName main, List<Join> joins) {}

  /** What stands behind {@code from}. */
  Optional<Tables> source(Node node) {
    if (!(node instanceof MappingNode)) {
      return table(node).map(table -> new Tables(table, List.of()));
    }
    if (namesDatabase(node, "from")) {
      return Optional.empty();
    }
    Fields fields = Fields.of(node, "a source", FIELDS, problems);
    Optional<TableName> main = fields.required("main").flatMap(this::table);
    List<Join> joins = new ArrayList<>();
    fields
        .required("join")
        .ifPresent(
            list -> scalars.list(list, "tables").forEach(each -> join(each).ifPresent(joins::add)));
    return main.map(table -> new Tables(table, joins));
  }

  /** What stands behind {@code to}. */
  Optional<TableName> target(Node node) {
    return node instanceof MappingNode && namesDatabase(node, "to")
        ? Optional.empty()
        : table(node);
  }

  private Optional<Join> join(Node node) {
    if (!(node instanceof MappingNode)) {
      return table(node).map(table -> new Join(table, false));
    }
    Fields fields = Fields.of(node, "a joined table", JOIN_FIELDS, problems);
    boolean optional = fields.get("optional").flatMap(scalars::bool).orElse(false);
    return fields.required("table").flatMap(this::table).map(table -> new Join(table, optional));
  }

  private boolean namesDatabase(Node node, String field) {
    boolean names =
        ((MappingNode) node)
            .getValue().stream().anyMatch(each -> Scalars.isText(each.getKeyNode(), "database"));
    if (names) {
      Fields.later(node, field, "copy to another database", problems);
    }
    return names;
  }

  private Optional<TableName> table(Node node) {
    Optional<TableName> table = names.table(node);
    if (table.isPresent() && isReserved(table.get().schema())) {
      String message = "no move can be made in the schema " + table.get().schema();
      problems.add(node, Codes.MOVES, message);
      return Optional.empty();
    }
    return table;
  }

  private static boolean isReserved(String schema) {
    return schema.equals("kedge")
        || schema.startsWith("pg_")
        || schema.equals("information_schema");
  }
}
