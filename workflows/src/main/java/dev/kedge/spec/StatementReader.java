package dev.kedge.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the statements of expand and contract. */
final class StatementReader {
  static final List<String> FIELDS = List.of("sql", "undo");

  // What plainly destroys is refused here, with its place; the rehearsal finds the rest.
  private static final Pattern DESTROYS =
      Pattern.compile(
          "^(DROP\\s+TABLE|TRUNCATE|ALTER\\s+TABLE\\b[^'\"$]*\\bDROP\\s+COLUMN)\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private final Problems problems;
  private final Scalars scalars;

  StatementReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** Statements that may have their undo beside them, and destroy nothing. */
  List<Statement> expand(Node node) {
    List<Statement> statements = new ArrayList<>();
    for (Node element : scalars.list(node, "SQL statements")) {
      withUndo(element).ifPresent(statements::add);
    }
    return statements;
  }

  List<Statement> contract(Node node) {
    List<Statement> statements = new ArrayList<>();
    for (Node element : scalars.list(node, "SQL statements")) {
      sql(element).ifPresent(sql -> statements.add(new Statement(sql, null)));
    }
    return statements;
  }

  private Optional<Statement> withUndo(Node node) {
    if (!(node instanceof MappingNode)) {
      return additive(node, null);
    }
    Fields fields = Fields.of(node, "a statement", FIELDS, problems);
    String undo = fields.get("undo").flatMap(this::sql).orElse(null);
    return fields.required("sql").flatMap(sql -> additive(sql, undo));
  }

  private Optional<Statement> additive(Node node, @Nullable String undo) {
    Optional<String> sql = sql(node);
    if (sql.isPresent() && DESTROYS.matcher(sql.get()).matches()) {
      problems.add(
          node,
          Codes.GATES,
          "nothing is destroyed before contract",
          "move the statement to contract, which comes after reconcile and its gate");
      return Optional.empty();
    }
    return sql.map(text -> new Statement(text, undo));
  }

  /** One closing semicolon is a habit, not a fault. */
  private Optional<String> sql(Node node) {
    Optional<String> text = scalars.text(node).map(String::strip);
    Optional<String> sql =
        text.map(t -> t.endsWith(";") ? t.substring(0, t.length() - 1).strip() : t);
    if (sql.isPresent() && (sql.get().isEmpty() || sql.get().endsWith(";"))) {
      problems.add(node, Codes.VALUE, "expected one SQL statement, got an empty one");
      return Optional.empty();
    }
    return sql;
  }
}
