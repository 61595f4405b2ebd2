package dev.kedge.spec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads when a migration slows down, pauses or gives up by itself. */
final class GuardReader {
  static final List<String> FIELDS = List.of("throttle", "pause", "abort");
  static final List<String> QUERY = List.of("name", "sql", "max");

  /** What every guard may name. */
  static final List<String> BOUNDS =
      Stream.concat(
              Stream.of(Signal.values()).filter(each -> each != Signal.QUERY).map(Signal::label),
              Stream.of("queries"))
          .toList();

  /** Signals that going slower would not lower. */
  static final Set<Signal> NOT_SLOWER =
      Set.of(Signal.STALLED_FOR, Signal.DIFFERENCES, Signal.INVARIANT);

  private static final String QUERY_HELP =
      "a query returns one row with one number; it runs as a role that can only read";
  private static final Duration LONGEST = Duration.ofDays(366);
  private static final int LONGEST_NAME = 60;

  private final Problems problems;
  private final Scalars scalars;
  private final SelectReader selects;
  private final Map<String, Node> names = new HashMap<>();

  GuardReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.selects = new SelectReader(problems);
  }

  private record Placed(Limit limit, Node at) {}

  Guards read(Node node) {
    Fields fields = Fields.of(node, "guards", FIELDS, problems);
    List<Placed> throttle = limits(fields, "throttle");
    List<Placed> pause = limits(fields, "pause");
    List<Placed> abort = limits(fields, "abort");
    ordered(throttle, pause, "slow down", "pauses");
    ordered(throttle, abort, "slow down", "aborts");
    ordered(pause, abort, "pause", "aborts");
    return new Guards(bare(throttle), bare(pause), bare(abort));
  }

  /** A guard that counts invariants of a spec that has none would never act. */
  void requireInvariants(Guards guards, Node at) {
    boolean counted =
        Stream.concat(guards.pause().stream(), guards.abort().stream())
            .anyMatch(limit -> limit.signal() == Signal.INVARIANT);
    if (counted) {
      problems.add(
          at,
          Codes.INVARIANTS,
          "a guard counts violated invariants, and the spec has no invariants",
          "add invariants: [{ name: …, sql: … }], or leave the guard out");
    }
  }

  private List<Placed> limits(Fields guards, String guard) {
    List<Placed> limits = new ArrayList<>();
    Optional<Node> node = guards.get(guard);
    if (node.isPresent()) {
      Fields fields = Fields.of(node.get(), guard, BOUNDS, problems);
      for (Signal signal : Signal.values()) {
        fields.get(signal.label()).ifPresent(at -> limit(guard, signal, at, limits));
      }
      fields.get("queries").ifPresent(queries -> queries(queries, limits));
    }
    return limits;
  }

  private void limit(String guard, Signal signal, Node at, List<Placed> limits) {
    if (guard.equals("throttle") && NOT_SLOWER.contains(signal)) {
      problems.add(
          at,
          Codes.GUARDS,
          signal.label() + " is only for pause and abort: going slower does not lower it",
          "move it to pause");
      return;
    }
    bound(signal, at)
        .ifPresent(bound -> limits.add(new Placed(new Limit(signal, bound.doubleValue()), at)));
  }

  private Optional<Double> bound(Signal signal, Node at) {
    return switch (signal.unit()) {
      case DURATION ->
          scalars
              .duration(at, Duration.ofMillis(1), LONGEST)
              .map(bound -> (double) bound.toMillis());
      case BYTES -> scalars.size(at).map(Long::doubleValue);
      case COUNT -> scalars.integer(at, 1, Integer.MAX_VALUE).map(Integer::doubleValue);
    };
  }

  private void queries(Node node, List<Placed> limits) {
    for (Node element : scalars.list(node, "queries")) {
      Fields fields = Fields.of(element, "a query", QUERY, problems);
      Optional<String> name = fields.required("name").flatMap(this::name);
      Optional<String> sql = fields.required("sql").flatMap(text -> selects.read(text, QUERY_HELP));
      Optional<Double> most = fields.required("max").flatMap(scalars::number);
      if (name.isPresent() && sql.isPresent() && most.isPresent()) {
        Limit limit = new Limit(Signal.QUERY, most.get(), name.get(), sql.get());
        limits.add(new Placed(limit, element));
      }
    }
  }

  private Optional<String> name(Node node) {
    Optional<String> name = scalars.text(node).map(String::strip);
    if (name.isPresent() && (name.get().length() > LONGEST_NAME || BOUNDS.contains(name.get()))) {
      scalars.unexpected(node, "a name of its own, up to " + LONGEST_NAME + " characters", null);
      return Optional.empty();
    }
    name.ifPresent(text -> once(text, node));
    return name;
  }

  // What a guard says when it acts must tell which query it was.
  private void once(String name, Node at) {
    Node earlier = names.putIfAbsent(name, at);
    if (earlier != null) {
      problems.add(at, Codes.DUPLICATE, YamlDocument.duplicate("query", name, earlier));
    }
  }

  private void ordered(List<Placed> first, List<Placed> second, String mild, String harsh) {
    for (Placed one : first) {
      for (Placed other : second) {
        Limit low = one.limit();
        Limit high = other.limit();
        if (low.signal() == high.signal()
            && low.signal() != Signal.QUERY
            && low.bound() > high.bound()) {
          problems.add(
              one.at(),
              Codes.GUARDS,
              "%s of %s is above the %s at which it %s: it would never %s"
                  .formatted(low.label(), words(low), words(high), harsh, mild),
              "the milder guard comes first: let its bound be the smaller one");
        }
      }
    }
  }

  private static String words(Limit limit) {
    return limit.signal().unit().format(limit.bound());
  }

  private static List<Limit> bare(List<Placed> placed) {
    return placed.stream().map(Placed::limit).toList();
  }
}
