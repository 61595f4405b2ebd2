package dev.kedge.spec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names as people write them in SQL: without quotes they fold to lower case, in double quotes they
 * stay as they are.
 */
public final class Names {
  /** The longest name PostgreSQL keeps; it would cut a longer one silently. */
  private static final int MAX_BYTES = 63;

  /** Longer texts are no names, and would only keep the pattern below busy. */
  private static final int MAX_LENGTH = 400;

  /** One name, for Java and JSON Schema alike; the schema repeats it. */
  static final String NAME =
      "[^\\x00-@\\[-\\^`{-\\x7F][^\\x00-#%-/:-@\\[-\\^`{-\\x7F]*|\"([^\"\\x00]|\"\")+\"";

  private static final Pattern PART = Pattern.compile(NAME);

  private Names() {}

  /** The table {@code text} names. Throws {@link IllegalArgumentException} with the reason. */
  public static TableName table(String text) {
    List<String> parts = parts(text);
    return switch (parts.size()) {
      case 1 -> new TableName("public", parts.get(0));
      case 2 -> new TableName(parts.get(0), parts.get(1));
      default -> throw new IllegalArgumentException("expected table or schema.table");
    };
  }

  /** The column {@code text} names. Throws {@link IllegalArgumentException} with the reason. */
  public static String column(String text) {
    List<String> parts = parts(text);
    if (parts.size() != 1) {
      throw new IllegalArgumentException("a column is named without its table");
    }
    return parts.get(0);
  }

  private static List<String> parts(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("longer than " + MAX_BYTES + " bytes");
    }
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(text);
    int position = 0;
    while (true) {
      if (!matcher.region(position, text.length()).lookingAt()) {
        throw new IllegalArgumentException(reason(text, position));
      }
      parts.add(unquote(matcher.group()));
      if (matcher.end() == text.length()) {
        return parts;
      }
      if (text.charAt(matcher.end()) != '.') {
        throw new IllegalArgumentException(reason(text, matcher.end()));
      }
      position = matcher.end() + 1;
    }
  }

  private static String unquote(String part) {
    String name =
        part.startsWith("\"")
            ? part.substring(1, part.length() - 1).replace("\"\"", "\"")
            : asciiLowerCase(part);
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(bytes + " bytes long, PostgreSQL keeps " + MAX_BYTES);
    }
    return name;
  }

  // As PostgreSQL folds in UTF-8: other letters stay as they are.
  private static String asciiLowerCase(String part) {
    StringBuilder folded = new StringBuilder(part);
    for (int i = 0; i < folded.length(); i++) {
      if (folded.charAt(i) < 0x80) {
        folded.replace(i, i + 1, folded.substring(i, i + 1).toLowerCase(Locale.ROOT));
      }
    }
    return folded.toString();
  }

  private static String reason(String text, int position) {
    if (position >= text.length()) {
      return "it ends too early";
    }
    String character =
        Scalars.shown(text.substring(position, text.offsetByCodePoints(position, 1)));
    return character + " at character " + (text.codePointCount(0, position) + 1);
  }
}
