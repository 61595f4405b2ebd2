package dev.kedge.plan;

import dev.kedge.spec.Names;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Expressions that are a column and nothing else, but perhaps a cast. */
final class PlainColumn {
  private static final String NAME = "(\"(?:[^\"]|\"\"){1,130}\"|[^\\s\"'():,;.]{1,130})";
  private static final String TYPE = "([a-z][a-z ]*(?:\\([0-9 ]+(?:,[0-9 ]+)?\\))?[a-z ]*)";
  private static final Pattern PLAIN =
      Pattern.compile(
          "\\(*\\s*" + NAME + "\\s*\\)*(?:\\s*::\\s*" + TYPE + ")?\\s*\\)*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern CAST =
      Pattern.compile(
          "cast\\s*\\(\\s*" + NAME + "\\s+as\\s+" + TYPE + "\\s*\\)", Pattern.CASE_INSENSITIVE);

  private PlainColumn() {}

  /** The column that {@code expression} is; empty for anything more. */
  static Optional<String> of(String expression) {
    String sql = expression.strip();
    Matcher cast = CAST.matcher(sql);
    Matcher plain = PLAIN.matcher(sql);
    String name = cast.matches() ? cast.group(1) : plain.matches() ? plain.group(1) : "";
    try {
      return Optional.of(Names.column(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
