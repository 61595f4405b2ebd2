package dev.kedge.spec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads the names of tables and columns, and SQL by column. */
final class NameReader {
  private final Problems problems;
  private final Scalars scalars;

  NameReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  Optional<TableName> table(Node node) {
    return raw(node).flatMap(text -> name(node, text, Names::table));
  }

  Optional<String> column(Node node) {
    return raw(node).flatMap(text -> name(node, text, Names::column));
  }

  /** Columns in the order of the list, none twice. */
  List<String> columns(Node node) {
    return list(node, "column");
  }

  /** Triggers in the order of the list, none twice. */
  List<String> triggers(Node node) {
    return list(node, "trigger");
  }

  private List<String> list(Node node, String what) {
    Map<String, Node> names = new LinkedHashMap<>();
    for (Node element : scalars.list(node, what + " names")) {
      raw(element)
          .flatMap(text -> name(element, text, Names::column))
          .ifPresent(name -> once(what, name, element, names));
    }
    return new ArrayList<>(names.keySet());
  }

  /** Column to SQL expression, in the order of the mapping. */
  Map<String, String> expressions(Node node) {
    return byColumn(
        node, "columns with SQL for each, like { handle: lower(username) }", this::expression);
  }

  /** Column to what stands beside it, in the order of the mapping. */
  <T> Map<String, T> byColumn(
      Node node, String expected, Function<Node, Optional<T>> whatStandsBeside) {
    Map<String, T> values = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      scalars.unexpected(node, expected, null);
      return values;
    }
    Map<String, Node> seen = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      ScalarNode key = (ScalarNode) tuple.getKeyNode();
      Optional<String> column = name(key, key.getValue(), Names::column);
      Optional<T> value = whatStandsBeside.apply(tuple.getValueNode());
      column.ifPresent(name -> once("column", name, key, seen));
      column.ifPresent(name -> value.ifPresent(each -> values.put(name, each)));
    }
    return values;
  }

  /** One SQL expression; what would not stay one expression in parentheses is a problem. */
  Optional<String> expression(Node node) {
    Optional<String> sql = scalars.sql(node).map(String::strip);
    Optional<String> fault = sql.flatMap(ExpressionForm::fault);
    if (fault.isPresent()) {
      problems.add(
          node,
          Codes.EXPRESSION,
          "expected one SQL expression: " + fault.get(),
          "an expression reads one row and has no statement around it");
      return Optional.empty();
    }
    return sql;
  }

  private void once(String what, String name, Node at, Map<String, Node> seen) {
    Node earlier = seen.putIfAbsent(name, at);
    if (earlier != null) {
      problems.add(at, Codes.DUPLICATE, YamlDocument.duplicate(what, name, earlier));
    }
  }

  // A NUL is a fault of the name here, not of the text.
  private Optional<String> raw(Node node) {
    if (node instanceof ScalarNode scalar && scalar.getValue().indexOf('\0') >= 0) {
      return Optional.of(scalar.getValue());
    }
    return scalars.text(node);
  }

  private <T> Optional<T> name(Node node, String text, Function<String, T> parse) {
    try {
      return Optional.of(parse.apply(text));
    } catch (IllegalArgumentException e) {
      problems.add(
          node,
          Codes.IDENTIFIER,
          "not a valid identifier: " + Scalars.shown(text) + ": " + e.getMessage(),
          "letters, digits and _, or anything up to 63 bytes in double quotes: '\"Weird Name\"'");
      return Optional.empty();
    }
  }
}
