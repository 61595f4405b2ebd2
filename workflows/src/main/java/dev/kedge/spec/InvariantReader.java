package dev.kedge.spec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads what must be true of the data. */
final class InvariantReader {
  static final List<String> FIELDS =
      List.of("name", "sql", "source", "target", "from", "every", "timeout");

  private static final int LONGEST_NAME = 60;
  private static final Duration SHORTEST_EVERY = Duration.ofSeconds(10);
  private static final Duration LONGEST_EVERY = Duration.ofDays(7);
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
  // Beyond it a worker that checks counts as gone.
  private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);

  private final Problems problems;
  private final Scalars scalars;
  private final SelectReader selects;
  private final Map<String, Node> names = new HashMap<>();

  InvariantReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.selects = new SelectReader(problems);
  }

  List<Invariant> read(Node node) {
    List<Invariant> invariants = new ArrayList<>();
    for (Node element : scalars.list(node, "invariants")) {
      one(element).ifPresent(invariants::add);
    }
    return invariants;
  }

  private Optional<Invariant> one(Node node) {
    Fields fields = Fields.of(node, "an invariant", FIELDS, problems);
    Optional<String> name = fields.required("name").flatMap(this::name);
    boolean complete = complete(node, fields);
    String sql = query(fields, "sql");
    String source = query(fields, "source");
    String target = query(fields, "target");
    Invariant.From from = fields.get("from").flatMap(this::from).orElse(null);
    Duration every = duration(fields, "every", SHORTEST_EVERY, LONGEST_EVERY);
    Duration timeout = duration(fields, "timeout", SHORTEST_TIMEOUT, LONGEST_TIMEOUT);
    // A query that is refused leaves its field empty; then the problem has been said.
    return complete && (sql != null || (source != null && target != null))
        ? name.map(text -> new Invariant(text, sql, source, target, from, every, timeout))
        : Optional.empty();
  }

  private boolean complete(Node node, Fields fields) {
    boolean sql = fields.get("sql").isPresent();
    boolean source = fields.get("source").isPresent();
    boolean target = fields.get("target").isPresent();
    boolean one = sql && !source && !target;
    boolean two = !sql && source && target;
    if (!one && !two && Fields.isMapping(node)) {
      problems.add(
          node,
          Codes.INVARIANTS,
          "expected sql alone, or source and target together",
          "sql returns the rows that offend; source and target return what must be equal");
    }
    return one || two;
  }

  private Optional<String> name(Node node) {
    Optional<String> name = scalars.text(node).map(String::strip);
    if (name.isPresent() && name.get().length() > LONGEST_NAME) {
      scalars.unexpected(node, "a name of up to " + LONGEST_NAME + " characters", null);
      return Optional.empty();
    }
    name.ifPresent(
        text -> {
          Node earlier = names.putIfAbsent(text, node);
          if (earlier != null) {
            problems.add(node, Codes.DUPLICATE, YamlDocument.duplicate("invariant", text, earlier));
          }
        });
    return name;
  }

  private @Nullable String query(Fields fields, String field) {
    return fields
        .get(field)
        .flatMap(
            node ->
                selects.read(node, "an invariant only reads, as a role that can do nothing else"))
        .orElse(null);
  }

  private Optional<Invariant.From> from(Node node) {
    Optional<Invariant.From> from = scalars.text(node).flatMap(Invariant.From::find);
    if (from.isEmpty()) {
      scalars.unexpected(node, "backfill or reconcile", "the phase from which on it must hold");
    }
    return from;
  }

  private @Nullable Duration duration(Fields fields, String field, Duration from, Duration to) {
    return fields.get(field).flatMap(node -> scalars.duration(node, from, to)).orElse(null);
  }
}
