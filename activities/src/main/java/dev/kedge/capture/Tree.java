package dev.kedge.capture;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a copy's partitioned sides, as pg_inherits has them. A partition that went and came
 * back is another one: its row there is.
 *
 * @param nodes by side and oid
 */
record Tree(List<Node> nodes) {
  Tree {
    nodes = List.copyOf(nodes);
  }

  /**
   * One table.
   *
   * @param side {@code old} or {@code new}
   * @param oid of the table
   * @param parent of the table it is a partition of; {@code 0} for the root
   * @param since the transaction that made it one; empty for the root
   */
  record Node(String side, String oid, String parent, String since) {
    boolean isRoot() {
      return since.isEmpty();
    }
  }

  /** The text of {@link CaptureState}'s query; null has no nodes. */
  static Tree parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return new Tree(List.of());
    }
    return new Tree(
        Arrays.stream(text.split("\n"))
            .map(line -> line.split(" ", -1))
            .map(part -> new Node(part[0], part[1], part[2], part[3]))
            .toList());
  }

  /** Nodes that {@code other} does not have. */
  List<Node> without(Tree other) {
    return nodes.stream().filter(node -> !other.nodes.contains(node)).toList();
  }

  /** The tables alone, as {@link PartitionSql#SAME_MEMBERS} has them. */
  String members() {
    return nodes.stream()
        .map(node -> node.side() + " " + node.oid())
        .collect(Collectors.joining("\n"));
  }

  boolean has(Node node) {
    return nodes.contains(node);
  }
}
