package dev.kedge.spec;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** The plain part of YAML 1.2 that specs are written in: no anchors, aliases, tags or surprises. */
final class YamlDocument {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setCodePointLimit(2 * MAX_BYTES).build();

  private final String text;
  private final Problems problems;

  private YamlDocument(String text, Problems problems) {
    this.text = text;
    this.problems = problems;
  }

  /** The document's root with marks. Throws when it is not one document of plain YAML. */
  static Node read(String text, Problems problems) throws SpecException {
    YamlDocument document = new YamlDocument(text, problems);
    document.checkCharacters();
    problems.throwIfAny();
    try {
      document.checkEvents();
      problems.throwIfAny();
      Optional<Node> root = new Compose(SETTINGS).composeString(text);
      if (root.isPresent() && !root.get().getTag().equals(Tag.NULL)) {
        document.checkKeys(root.get());
        problems.throwIfAny();
        return root.get();
      }
      document.refuse(
          Codes.DOCUMENTS, "the spec is empty", "begin with a copy of a file from examples/");
    } catch (MarkedYamlEngineException e) {
      document.syntax(e);
    } catch (YamlEngineException e) {
      document.refuse(Codes.SYNTAX, "not valid YAML", null);
    }
    problems.throwIfAny();
    throw new IllegalStateException("a document without a root has a problem");
  }

  private void checkCharacters() {
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      refuse(Codes.FORBIDDEN, "the spec is larger than 1 MB", null);
      return;
    }
    int line = 0;
    int column = 0;
    for (int character : text.codePoints().toArray()) {
      if (!StreamReader.isPrintable(character)) {
        String message = "the character U+%04X is not allowed in YAML".formatted(character);
        Source.Span at = new Source.Span(line, column, line, column + 1);
        problems.add(at, new Finding(Codes.SYNTAX, message));
        return;
      }
      column = character == '\n' ? 0 : column + 1;
      line += character == '\n' ? 1 : 0;
    }
  }

  private void checkEvents() {
    int documents = 0;
    int depth = 0;
    @Nullable Mark second = null;
    for (Event event : new Parse(SETTINGS).parseString(text)) {
      if (event instanceof DocumentStartEvent && ++documents == 2) {
        second = event.getStartMark().orElse(null);
      }
      depth += event instanceof CollectionStartEvent ? 1 : 0;
      depth -= event instanceof CollectionEndEvent ? 1 : 0;
      if (depth > MAX_DEPTH) {
        refuse(event, "lists and fields are nested more than " + MAX_DEPTH + " deep");
        return;
      }
      if (anchored(event) || tagged(event)) {
        refuse(event, "anchors and tags are not allowed in specs");
        return;
      }
    }
    if (documents > 1) {
      Source.Span at = second == null ? Source.Span.START : Source.Span.of(second);
      String message = "expected exactly one document, found " + documents;
      problems.add(at, new Finding(Codes.DOCUMENTS, message, "one file holds one migration"));
    }
  }

  private static boolean anchored(Event event) {
    return event instanceof AliasEvent
        || (event instanceof NodeEvent node && node.getAnchor().isPresent());
  }

  private static boolean tagged(Event event) {
    return (event instanceof ScalarEvent scalar && scalar.getTag().isPresent())
        || (event instanceof CollectionStartEvent start && start.getTag().isPresent());
  }

  private void checkKeys(Node node) {
    if (node instanceof SequenceNode list) {
      list.getValue().forEach(this::checkKeys);
    } else if (node instanceof MappingNode mapping) {
      Map<String, Node> first = new HashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        checkKey(tuple.getKeyNode(), first);
        checkKeys(tuple.getValueNode());
      }
    }
  }

  private void checkKey(Node key, Map<String, Node> first) {
    if (!(key instanceof ScalarNode name)) {
      problems.add(key, Codes.VALUE, "the name of a field must be text");
      return;
    }
    Node earlier = first.putIfAbsent(name.getValue(), key);
    if (earlier != null) {
      problems.add(key, Codes.DUPLICATE, duplicate("key", name.getValue(), earlier));
    }
  }

  /** Says that {@code what} stands there twice. */
  static String duplicate(String what, String name, Node earlier) {
    Source.Span span = Source.Span.of(earlier);
    return "duplicate %s %s (first at %d:%d)"
        .formatted(what, Scalars.shown(name), span.line() + 1, span.column() + 1);
  }

  private void syntax(MarkedYamlEngineException e) {
    Source.Span at = e.getProblemMark().map(Source.Span::of).orElse(Source.Span.START);
    String problem = e.getProblem();
    boolean tab = problem != null && problem.contains("TAB");
    Finding finding =
        tab
            ? new Finding(Codes.TAB, "tab used for indentation; use spaces")
            : new Finding(Codes.SYNTAX, "not valid YAML: " + problem, context(e));
    problems.add(tab ? problems.source().tab(at) : at, finding);
  }

  private static @Nullable String context(MarkedYamlEngineException e) {
    Optional<Mark> mark = e.getContextMark();
    if (e.getContext() == null || mark.isEmpty()) {
      return null;
    }
    return "it happened %s that began at %d:%d"
        .formatted(e.getContext(), mark.get().getLine() + 1, mark.get().getColumn() + 1);
  }

  private void refuse(Event at, String message) {
    Source.Span span = at.getStartMark().map(Source.Span::of).orElse(Source.Span.START);
    problems.add(span, new Finding(Codes.FORBIDDEN, message, "write the value out"));
  }

  private void refuse(String code, String message, @Nullable String help) {
    problems.add(Source.Span.START, new Finding(code, message, help));
  }
}
