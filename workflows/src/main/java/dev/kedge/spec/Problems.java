package dev.kedge.spec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong with one spec, so that a person sees all of it at once. */
final class Problems {
  private final Source source;
  private final List<Problem> found = new ArrayList<>();

  Problems(Source source) {
    this.source = source;
  }

  Source source() {
    return source;
  }

  void add(Node at, String code, String message, @Nullable String help) {
    add(Source.Span.of(at), new Finding(code, message, help));
  }

  void add(Node at, String code, String message) {
    add(at, code, message, null);
  }

  void add(Source.Span at, Finding finding) {
    found.add(source.problem(at, finding));
  }

  /** Throws what was found, if anything was. */
  void throwIfAny() throws SpecException {
    if (!found.isEmpty()) {
      found.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
      throw new SpecException(found);
    }
  }
}
