package dev.kedge.spec;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads how columns are compared. */
final class CompareReader {
  static final List<String> FIELDS = List.of("tolerance", "as");

  private static final String IGNORE = "ignore";

  private final Problems problems;
  private final Scalars scalars;
  private final NameReader names;

  CompareReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.names = new NameReader(problems);
  }

  Map<String, CompareRule> read(Node node) {
    return names.byColumn(
        node, "columns and how each is compared, like { price: { tolerance: 0.01 } }", this::rule);
  }

  private Optional<CompareRule> rule(Node node) {
    if (Scalars.isText(node, IGNORE)) {
      return Optional.of(CompareRule.IGNORED);
    }
    if (!(node instanceof MappingNode mapping) || mapping.getValue().isEmpty()) {
      scalars.unexpected(
          node, "ignore, { tolerance: 0.01 }, { tolerance: 1s } or { as: lower(name) }", null);
      return Optional.empty();
    }
    Fields fields = Fields.of(node, "a comparison", FIELDS, problems);
    Optional<Node> tolerance = fields.get("tolerance");
    Optional<Node> as = fields.get("as");
    if (tolerance.isPresent() && as.isPresent()) {
      problems.add(
          node,
          Codes.VALUE,
          "expected tolerance or as, got both",
          "one column is compared in one way");
      return Optional.empty();
    }
    return tolerance.isPresent()
        ? tolerance.flatMap(this::tolerance)
        : as.flatMap(names::expression).map(sql -> new CompareRule(CompareRule.Kind.AS, sql));
  }

  private Optional<CompareRule> tolerance(Node node) {
    Optional<String> value =
        node.getTag().equals(Tag.STR) ? scalars.shortDuration(node) : number(node);
    return value.map(text -> new CompareRule(CompareRule.Kind.TOLERANCE, text));
  }

  private Optional<String> number(Node node) {
    return scalars
        .decimal(node)
        .map(
            number -> {
              if (number.signum() <= 0) {
                problems.add(
                    node,
                    Codes.VALUE,
                    "a tolerance is above 0",
                    "leave the column out of compare to have it equal");
              }
              return number.stripTrailingZeros().toPlainString();
            });
  }
}
