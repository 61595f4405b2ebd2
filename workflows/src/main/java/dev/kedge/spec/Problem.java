package dev.kedge.spec;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a spec, and where.
 *
 * @param code stable, {@code KD1…} for form and meaning, {@code KD2…} for names and SQL
 * @param file the file as the caller named it
 * @param line from 1
 * @param column from 1, in characters
 * @param sourceLine the line itself, secrets and control characters masked, long lines shortened
 * @param caret the column of {@code sourceLine} to point at, from 1
 * @param caretLength how many characters to point at, at least 1
 * @param message what is wrong
 * @param help what to do about it; null when the message says it all
 */
public record Problem(
    String code,
    String file,
    int line,
    int column,
    String sourceLine,
    int caret,
    int caretLength,
    String message,
    @Nullable String help) {

  /** The problem as a compiler prints it, several lines, without a closing line break. */
  public String render() {
    String margin = " ".repeat(Integer.toString(line).length());
    String text =
        """
        error[%2$s]: %3$s
        %1$s--> %4$s:%5$d:%6$d
        %1$s |
        %5$d | %7$s
        %1$s | %8$s%9$s
        """
            .formatted(
                margin,
                code,
                message,
                file,
                line,
                column,
                sourceLine,
                padding(),
                "^".repeat(caretLength));
    return help == null ? text.stripTrailing() : text + margin + " |\nhelp: " + help;
  }

  /** White space as wide as what stands before the caret: a tab stays a tab. */
  private String padding() {
    StringBuilder padding = new StringBuilder();
    sourceLine
        .codePoints()
        .limit(caret - 1L)
        .forEach(character -> padding.append(character == '\t' ? '\t' : ' '));
    return padding.toString();
  }
}
