package dev.kedge.spec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** The fields of one mapping, the known ones only; unknown ones are problems. */
final class Fields {
  static final String SPEC = "a spec";

  /** What a coming release will read, refused by name until then. */
  private static final Map<String, String> LATER =
      Map.ofEntries(
          Map.entry("cutover.flag", "read ramp by flags"),
          Map.entry("cutover.reads", "read ramp by flags"),
          Map.entry("cutover.writes", "switch of writes by flags"),
          Map.entry("deepCheck", "the deep check"),
          Map.entry("onError", "a choice of what a failing trigger does"),
          Map.entry("partition", "partitioned targets"),
          Map.entry("partitions", "partitioned targets"));

  /** Orders of phases that somebody might wish for; there is one. */
  private static final List<String> ORDERS = List.of("phases", "steps", "gates", "order");

  private final Problems problems;
  private final Node at;
  private final Map<String, Node> values = new LinkedHashMap<>();

  private Fields(Problems problems, Node at) {
    this.problems = problems;
    this.at = at;
  }

  /**
   * The fields at {@code node}.
   *
   * @param what the thing that has these fields, with its article
   */
  static Fields of(Node node, String what, List<String> known, Problems problems) {
    Fields fields = new Fields(problems, node);
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        fields.take(tuple, what, known);
      }
    } else {
      String expected = what + " with the fields " + String.join(", ", known);
      new Scalars(problems).unexpected(node, expected, null);
    }
    return fields;
  }

  /** Whether there are fields at all; what is none has been said. */
  static boolean isMapping(Node node) {
    return node instanceof MappingNode;
  }

  Optional<Node> get(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** The field's value; a problem at the mapping's begin when it is missing. */
  Optional<Node> required(String name) {
    Optional<Node> value = get(name);
    if (value.isEmpty() && at instanceof MappingNode) {
      Source.Span span = Source.Span.of(at);
      Source.Span begin =
          new Source.Span(span.line(), span.column(), span.line(), span.column() + 1);
      problems.add(begin, new Finding(Codes.MISSING, "missing field \"" + name + "\""));
    }
    return value;
  }

  private void take(NodeTuple tuple, String what, List<String> known) {
    Node key = tuple.getKeyNode();
    String name = ((ScalarNode) key).getValue();
    String feature = LATER.getOrDefault(name, LATER.get(what + "." + name));
    if (known.contains(name)) {
      values.put(name, tuple.getValueNode());
    } else if (feature != null) {
      later(key, name, feature, problems);
    } else if (what.equals(SPEC) && ORDERS.contains(name)) {
      String message = "the order of the phases is fixed";
      String help = "contract comes after reconcile and its gate, always; see approvals";
      problems.add(key, Codes.GATES, message, help);
    } else {
      unknown(key, what, known);
    }
  }

  private void unknown(Node key, String what, List<String> known) {
    String name = ((ScalarNode) key).getValue();
    String help =
        Similar.to(name, known)
            .map(near -> "did you mean \"" + near + "\"?")
            .orElse(what + " has the fields " + String.join(", ", known));
    problems.add(key, Codes.UNKNOWN, "unknown field " + Scalars.shown(name), help);
  }

  /** Says that {@code name} is known and not built yet. */
  static void later(Node node, String name, String feature, Problems problems) {
    problems.add(
        node,
        Codes.LATER,
        "\"" + name + "\" comes later: this release has no " + feature,
        "leave it out; it is refused by name because nothing would do its work");
  }
}
