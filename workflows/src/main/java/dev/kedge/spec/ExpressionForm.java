package dev.kedge.spec;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether text stays one expression when it stands in parentheses: nothing breaks out of
 * them, nothing swallows what follows. Whether it is valid is for the server to say.
 */
final class ExpressionForm {
  private final String sql;
  private int position;
  private int depth;

  private ExpressionForm(String sql) {
    this.sql = sql;
  }

  /** What is wrong with {@code sql}; empty when nothing is. */
  static Optional<String> fault(String sql) {
    ExpressionForm form = new ExpressionForm(sql);
    while (form.position < sql.length()) {
      String fault = form.token();
      if (fault != null) {
        return Optional.of(fault);
      }
    }
    return form.depth > 0 ? Optional.of("a parenthesis is not closed") : Optional.empty();
  }

  private @Nullable String token() {
    char first = sql.charAt(position);
    return switch (first) {
      case ';' -> "a semicolon ends it";
      case '(' -> parenthesis(1);
      case ')' -> parenthesis(-1);
      case '\'', '"' -> quoted(first, false);
      case '$' -> dollarQuoted();
      case '-' -> sql.startsWith("--", position) ? lineComment() : skip();
      case '/' -> sql.startsWith("/*", position) ? comment() : skip();
      default -> inWord(first) ? word() : skip();
    };
  }

  private @Nullable String skip() {
    position++;
    return null;
  }

  private @Nullable String parenthesis(int change) {
    depth += change;
    return depth < 0 ? "a parenthesis closes that was never opened" : skip();
  }

  private @Nullable String word() {
    int start = position;
    while (position < sql.length()
        && (inWord(sql.charAt(position)) || sql.charAt(position) == '$')) {
      position++;
    }
    boolean escapes = sql.substring(start, position).equalsIgnoreCase("e");
    boolean text = position < sql.length() && sql.charAt(position) == '\'';
    return escapes && text ? quoted('\'', true) : null;
  }

  private static boolean inWord(char character) {
    return character == '_' || character >= 0x80 || Character.isLetterOrDigit(character);
  }

  private @Nullable String quoted(char quote, boolean escapes) {
    int i = position + 1;
    while (i < sql.length()) {
      boolean doubled = sql.charAt(i) == quote && sql.startsWith("" + quote, i + 1);
      if (doubled || (escapes && sql.charAt(i) == '\\')) {
        i += 2;
      } else if (sql.charAt(i) == quote) {
        position = i + 1;
        return null;
      } else {
        i++;
      }
    }
    return "a " + quote + " is not closed";
  }

  private @Nullable String dollarQuoted() {
    int end = position + 1;
    while (end < sql.length() && inWord(sql.charAt(end))) {
      end++;
    }
    boolean tag = end < sql.length() && sql.charAt(end) == '$';
    if (!tag || Character.isDigit(sql.charAt(position + 1))) {
      return skip();
    }
    String delimiter = sql.substring(position, end + 1);
    int close = sql.indexOf(delimiter, end + 1);
    position = close + delimiter.length();
    return close < 0 ? "a " + delimiter + " is not closed" : null;
  }

  private @Nullable String lineComment() {
    int end = position;
    while (end < sql.length() && sql.charAt(end) != '\n' && sql.charAt(end) != '\r') {
      end++;
    }
    position = end;
    return end == sql.length() ? "a -- comment would swallow what follows it; use /* */" : null;
  }

  private @Nullable String comment() {
    int open = 0;
    do {
      boolean opens = sql.startsWith("/*", position);
      boolean closes = sql.startsWith("*/", position);
      open += opens ? 1 : closes ? -1 : 0;
      position += opens || closes ? 2 : 1;
    } while (open > 0 && position < sql.length());
    return open > 0 ? "a comment has no end" : null;
  }
}
