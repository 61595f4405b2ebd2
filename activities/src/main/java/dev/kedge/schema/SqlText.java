package dev.kedge.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.postgresql.core.Parser;

/**
 * SQL text as its tokens, read with the driver's own lexer: what it takes for one statement is what
 * it sends as one.
 */
final class SqlText {
  private final String sql;
  private final char[] chars;
  private final List<Token> tokens = new ArrayList<>();

  private SqlText(String sql) {
    this.sql = sql;
    this.chars = sql.toCharArray();
  }

  /** What a token is. */
  enum Kind {
    WORD,
    QUOTED_NAME,
    LITERAL,
    SYMBOL
  }

  /**
   * One token; comments and white space are none.
   *
   * @param start where it begins
   * @param end where it has ended
   */
  record Token(Kind kind, int start, int end, String text) {
    /** The identifier it stands for: unquoted, or folded to lower case. */
    String name() {
      return kind == Kind.QUOTED_NAME
          ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
          : text.toLowerCase(Locale.ROOT);
    }

    boolean isName() {
      return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
    }

    boolean is(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }
  }

  /** The tokens of {@code sql}, in order. */
  static List<Token> tokens(String sql) {
    SqlText text = new SqlText(sql);
    int i = 0;
    while (i < text.chars.length) {
      i = text.token(i);
    }
    return text.tokens;
  }

  private int token(int start) {
    char c = chars[start];
    int next =
        switch (c) {
          case '-' -> Parser.parseLineComment(chars, start) + 1;
          case '/' -> Parser.parseBlockComment(chars, start) + 1;
          default -> start;
        };
    if (next > start + 1) {
      return next;
    }
    if (Character.isWhitespace(c)) {
      return start + 1;
    }
    return add(start);
  }

  private int add(int start) {
    char c = chars[start];
    int end;
    Kind kind;
    if (c == '\'') {
      end = Parser.parseSingleQuotes(chars, start, true) + 1;
      kind = Kind.LITERAL;
    } else if (c == '"') {
      end = Parser.parseDoubleQuotes(chars, start) + 1;
      kind = Kind.QUOTED_NAME;
    } else if (c == '$' && Parser.parseDollarQuotes(chars, start) > start) {
      end = Parser.parseDollarQuotes(chars, start) + 1;
      kind = Kind.LITERAL;
    } else if (Parser.isIdentifierStartChar(c)) {
      end = wordEnd(start);
      kind = Kind.WORD;
    } else {
      end = start + 1;
      kind = Kind.SYMBOL;
    }
    end = Math.min(end, chars.length);
    tokens.add(new Token(kind, start, end, sql.substring(start, end)));
    return end;
  }

  private int wordEnd(int start) {
    int end = start + 1;
    while (end < chars.length && Parser.isIdentifierContChar(chars[end])) {
      end++;
    }
    return end;
  }
}
