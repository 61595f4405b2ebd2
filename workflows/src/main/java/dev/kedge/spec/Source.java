package dev.kedge.spec;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** The text of a spec by lines, with what must not be shown masked. */
final class Source {
  private static final int WIDTH = 120;

  private final String file;
  private final List<int[]> lines = new ArrayList<>();

  Source(String file, String text) {
    this.file = file;
    for (String line : text.split("\r\n|\r|\n", -1)) {
      lines.add(line.codePoints().map(Source::printable).toArray());
    }
  }

  String file() {
    return file;
  }

  /** Replaces the characters of {@code node} by stars, in every problem made from now on. */
  void mask(Node node) {
    Span span = Span.of(node);
    for (int line = span.line(); line <= Math.min(span.endLine(), lines.size() - 1); line++) {
      int[] characters = lines.get(line);
      int from = line == span.line() ? span.column() : 0;
      int to = line == span.endLine() ? span.endColumn() : characters.length;
      for (int i = from; i < Math.min(to, characters.length); i++) {
        characters[i] = '*';
      }
    }
  }

  /** The first tab of the line that {@code near} is in; {@code near} when there is none. */
  Span tab(Span near) {
    int[] characters = lines.get(near.line());
    for (int i = 0; i < characters.length; i++) {
      if (characters[i] == '\t') {
        return new Span(near.line(), i, near.line(), i + 1);
      }
    }
    return near;
  }

  /** A problem that points at {@code span}, at most to the end of its first line. */
  Problem problem(Span span, Finding finding) {
    int[] characters = span.line() < lines.size() ? lines.get(span.line()) : new int[0];
    int from = Math.min(span.column(), characters.length);
    int end = span.endLine() > span.line() ? characters.length : span.endColumn();
    int to = Math.max(from + 1, Math.min(end, characters.length));
    int start = from < WIDTH ? 0 : from - WIDTH / 2;
    int shown = Math.min(characters.length, start + WIDTH);
    String line = new String(characters, start, Math.max(0, shown - start));
    return new Problem(
        finding.code(),
        file,
        span.line() + 1,
        span.column() + 1,
        line,
        from - start + 1,
        Math.max(1, Math.min(to, Math.max(shown, from + 1)) - from),
        finding.message(),
        finding.help());
  }

  // Control characters could move the reader's cursor or hide what stands in the file.
  private static int printable(int character) {
    return Character.isISOControl(character) && character != '\t' ? '\ufffd' : character;
  }

  /**
   * A stretch of the file, everything from 0, the end exclusive.
   *
   * @param column in characters
   */
  record Span(int line, int column, int endLine, int endColumn) {
    static final Span START = new Span(0, 0, 0, 1);

    static Span of(Node node) {
      return node.getStartMark()
          .map(start -> between(start, node.getEndMark().orElse(start)))
          .orElse(START);
    }

    static Span of(Mark mark) {
      return new Span(mark.getLine(), mark.getColumn(), mark.getLine(), mark.getColumn() + 1);
    }

    private static Span between(Mark start, Mark end) {
      return new Span(start.getLine(), start.getColumn(), end.getLine(), end.getColumn());
    }
  }
}
