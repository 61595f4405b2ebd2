package dev.kedge.spec;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads who may open which gate. */
final class ApprovalReader {
  static final List<String> FIELDS = List.of("count", "notStarter", "from");
  static final int MAX_COUNT = 20;

  private static final List<String> GATES = Stream.of(Gate.values()).map(Gate::label).toList();

  private final Problems problems;
  private final Scalars scalars;

  ApprovalReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** The policy of every gate, defaults filled in. */
  Map<Gate, ApprovalPolicy> read(Optional<Node> node) {
    Map<Gate, ApprovalPolicy> policies = new EnumMap<>(Gate.class);
    for (Gate gate : Gate.values()) {
      policies.put(gate, ApprovalPolicy.defaultOf(gate));
    }
    if (node.isPresent() && node.get() instanceof MappingNode mapping) {
      mapping.getValue().forEach(tuple -> readGate(tuple, policies));
    } else {
      node.ifPresent(other -> scalars.unexpected(other, "gates with a policy for each", null));
    }
    return policies;
  }

  private void readGate(NodeTuple tuple, Map<Gate, ApprovalPolicy> policies) {
    String name = ((ScalarNode) tuple.getKeyNode()).getValue();
    if (GATES.contains(name)) {
      policies.put(Gate.of(name), policy(tuple.getValueNode()));
      return;
    }
    String help =
        Similar.to(name, GATES)
            .map(near -> "did you mean \"" + near + "\"?")
            .orElse("the gates are " + String.join(", ", GATES));
    String message = "no gate is named " + Scalars.shown(name);
    problems.add(tuple.getKeyNode(), Codes.GATES, message, help);
  }

  private ApprovalPolicy policy(Node node) {
    Fields fields = Fields.of(node, "an approval policy", FIELDS, problems);
    int count =
        fields.get("count").flatMap(value -> scalars.integer(value, 0, MAX_COUNT)).orElse(1);
    boolean notStarter = fields.get("notStarter").flatMap(scalars::bool).orElse(true);
    List<String> from = fields.get("from").map(this::people).orElse(List.of());
    if (fields.get("from").isPresent() && !from.isEmpty() && from.size() < count) {
      problems.add(
          fields.get("from").get(),
          Codes.GATES,
          "%d approvals are asked, %d may give them".formatted(count, from.size()),
          "this gate would never open; name more people or lower count");
    }
    return new ApprovalPolicy(count, notStarter, from);
  }

  private List<String> people(Node node) {
    Map<String, Node> people = new HashMap<>();
    List<String> order = new ArrayList<>();
    for (Node element : scalars.list(node, "people")) {
      scalars.text(element).ifPresent(person -> add(person, element, people, order));
    }
    return order;
  }

  private void add(String person, Node at, Map<String, Node> people, List<String> order) {
    Node earlier = people.putIfAbsent(person, at);
    if (earlier == null) {
      order.add(person);
    } else {
      problems.add(at, Codes.DUPLICATE, YamlDocument.duplicate("person", person, earlier));
    }
  }
}
