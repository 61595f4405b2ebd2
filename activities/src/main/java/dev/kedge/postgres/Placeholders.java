package dev.kedge.postgres;

import org.postgresql.core.Parser;

/** Keeps the driver from taking an operator like {@code ?} for a bind. */
public final class Placeholders {
  private Placeholders() {}

  /** The expression with each question mark doubled that is not in quotes or a comment. */
  public static String escape(String expression) {
    if (expression.indexOf('?') < 0) {
      return expression;
    }
    StringBuilder escaped = new StringBuilder(expression.length() + 4);
    char[] text = expression.toCharArray();
    for (int at = 0; at < text.length; at++) {
      int end = endOfQuoted(text, at);
      escaped.append(
          text[at] == '?' ? "??" : expression.substring(at, Math.min(end + 1, text.length)));
      at = end;
    }
    return escaped.toString();
  }

  // The place of the last character of what begins here: a literal, a name, a comment, or itself.
  private static int endOfQuoted(char[] text, int at) {
    return switch (text[at]) {
      case '\'' -> Parser.parseSingleQuotes(text, at, true);
      case '"' -> Parser.parseDoubleQuotes(text, at);
      case '-' -> Parser.parseLineComment(text, at);
      case '/' -> Parser.parseBlockComment(text, at);
      case '$' -> Parser.parseDollarQuotes(text, at);
      default -> at;
    };
  }
}
