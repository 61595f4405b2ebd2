package dev.kedge.spec;

import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads one SELECT as far as text can tell; what it may do is for the server to say. */
final class SelectReader {
  private static final Pattern SELECTS =
      Pattern.compile("^(SELECT|WITH)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final Problems problems;
  private final Scalars scalars;

  SelectReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** The query without the one closing semicolon that is a habit, not a fault. */
  Optional<String> read(Node node, String help) {
    Optional<String> sql = scalars.text(node).map(SelectReader::bare);
    Optional<String> fault =
        sql.flatMap(
            text ->
                SELECTS.matcher(text).matches()
                    ? ExpressionForm.fault(text)
                    : Optional.of("it does not begin with SELECT or WITH"));
    if (fault.isPresent()) {
      problems.add(node, Codes.EXPRESSION, "expected one SELECT: " + fault.get(), help);
      return Optional.empty();
    }
    return sql;
  }

  private static String bare(String sql) {
    String text = sql.strip();
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }
}
