package dev.kedge.spec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads which rows of a move are looked at more closely than others. */
final class ScrutinyReader {
  static final List<String> DEEP_CHECK = List.of("where", "keys");
  static final List<String> WINDOW = List.of("column", "last");

  private static final Duration LONGEST = Duration.ofDays(366);

  private final Problems problems;
  private final Scalars scalars;
  private final NameReader names;

  ScrutinyReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.names = new NameReader(problems);
  }

  /** The rows at {@code node}; empty when it names none. */
  Optional<DeepCheck> deepCheck(Node node) {
    Fields fields = Fields.of(node, "deepCheck", DEEP_CHECK, problems);
    Optional<String> where = fields.get("where").flatMap(names::expression);
    List<List<String>> keys = fields.get("keys").map(this::keys).orElse(List.of());
    if (fields.get("where").isEmpty() && fields.get("keys").isEmpty()) {
      problems.add(
          node,
          Codes.VALUE,
          "deepCheck says neither where nor keys",
          "name the rows: deepCheck: { where: amount > 100000 } or { keys: [[1], [2]] }");
    }
    return where.isEmpty() && keys.isEmpty()
        ? Optional.empty()
        : Optional.of(new DeepCheck(where.orElse(null), keys));
  }

  /** The latest rows at {@code node}. */
  Optional<RecentRows> window(Node node) {
    Fields fields = Fields.of(node, "window", WINDOW, problems);
    Optional<String> column = fields.required("column").flatMap(names::column);
    Optional<Duration> last =
        fields
            .required("last")
            .flatMap(value -> scalars.duration(value, Duration.ofSeconds(1), LONGEST));
    return column.flatMap(name -> last.map(back -> new RecentRows(name, back)));
  }

  private List<List<String>> keys(Node node) {
    List<List<String>> keys = new ArrayList<>();
    for (Node element : scalars.list(node, "keys, a list of values each")) {
      List<String> key = new ArrayList<>();
      List<Node> parts =
          element instanceof SequenceNode ? scalars.list(element, "values") : List.of(element);
      parts.forEach(part -> scalars.sql(part).ifPresent(key::add));
      if (!key.isEmpty()) {
        keys.add(key);
      }
    }
    return keys;
  }
}
