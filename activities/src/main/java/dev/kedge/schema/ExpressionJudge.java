package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.plan.JoinedRow;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.spec.CompareRule;
import dev.kedge.spec.Move;
import dev.kedge.spec.TableName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * Lets the server judge expressions: each as the one expression of an index on an empty clone,
 * which it grants only to what is immutable and reads one row, and as the one column of a query.
 */
final class ExpressionJudge {
  static final String OWNS = "owns";
  private static final String COMPARE = "compare";
  private static final String COMPARE_BACK = "compareBack";

  private static final String NOT_SINGLE = "it is not a single expression";
  private static final String IMMUTABLE = "42P17";
  private static final String NOT_SUPPORTED = "0A000";

  private static final String INDEX =
      """
      SELECT i.indnatts = 1 AND i.indpred IS NULL AND i.indexprs IS NOT NULL AS one
      FROM pg_index i
      WHERE i.indexrelid = ?::regclass""";

  // A reference to the whole row reads all columns, and prints as a star.
  private static final String READS =
      """
      SELECT a.attname
      FROM pg_depend d
      JOIN pg_index i ON i.indexrelid = d.objid
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.attnum = d.refobjsubid OR pg_get_expr(i.indexprs, i.indrelid) LIKE '%.*%')
      WHERE d.classid = 'pg_class'::regclass AND d.objid = ?::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ?::regclass
      GROUP BY a.attname, a.attnum
      ORDER BY a.attnum""";

  private final Sql sql;
  private final Scratch scratch;
  private final Clones clones;
  private final List<Catalog.Table> after;

  ExpressionJudge(Sql sql, Scratch scratch, Clones clones, List<Catalog.Table> after) {
    this.sql = sql;
    this.scratch = scratch;
    this.clones = clones;
    this.after = after;
  }

  /** The verdicts on all expressions of the moves, in the order of the spec. */
  List<ExpressionVerdict> judge(List<Move> moves) throws SQLException {
    List<ExpressionVerdict> verdicts = new ArrayList<>();
    for (int i = 0; i < moves.size(); i++) {
      Move move = moves.get(i);
      TableName read = read(i + 1, move);
      judge(verdicts, i + 1, "columns", move.columns(), read, move.to());
      if (move.where() != null) {
        verdicts.add(one(i + 1, "where", null, predicate(move.where()), move.where(), read));
      }
      judge(verdicts, i + 1, "reverse", move.reverse(), move.to(), move.from());
      if (move.owns() != null) {
        verdicts.add(one(i + 1, OWNS, null, predicate(move.owns()), move.owns(), move.to()));
      }
      String deep = move.deepCheck() == null ? null : move.deepCheck().where();
      if (deep != null) {
        verdicts.add(one(i + 1, "deepCheck.where", null, predicate(deep), deep, read));
      }
      compared(verdicts, i + 1, COMPARE, move, move.to());
      if (!move.inPlace() && move.follows()) {
        compared(verdicts, i + 1, COMPARE_BACK, move, move.from());
      }
    }
    return new OwnerJudge(sql, scratch, after, moves).judge(verdicts);
  }

  /** Expressions that columns of {@code table} are compared as, and how what they make compares. */
  private void compared(
      List<ExpressionVerdict> verdicts, int number, String part, Move move, TableName table)
      throws SQLException {
    for (Map.Entry<String, CompareRule> rule : move.compare().entrySet()) {
      String expression = rule.getValue().value();
      boolean there =
          Catalog.find(after, table).flatMap(each -> each.column(rule.getKey())).isPresent();
      if (rule.getValue().kind() == CompareRule.Kind.AS && expression != null && there) {
        ExpressionVerdict verdict =
            one(number, part, rule.getKey(), "(\n" + expression + "\n)", expression, table);
        verdicts.add(verdict.error() == null ? typed(verdict, expression, table) : verdict);
      }
    }
  }

  private ExpressionVerdict typed(ExpressionVerdict verdict, String expression, TableName table)
      throws SQLException {
    Optional<TableName> clone = clones.of(table);
    if (clone.isEmpty()) {
      return verdict;
    }
    sql.execute(scratch.settings());
    String one =
        "SELECT pg_typeof((SELECT (\n%s\n) FROM %s LIMIT 0))::oid::text AS type"
            .formatted(scratch.rewrite(expression), Quoting.table(clone.get()));
    String type = sql.one(escaped(one), row -> row.getString("type"));
    sql.execute(Scratch.ourSettings());
    @Nullable String comparison =
        sql.one(TypeSql.COMPARISON, row -> Optional.ofNullable(row.getString("comparison")), type)
            .orElse(null);
    return new ExpressionVerdict(
        verdict.move(),
        verdict.part(),
        verdict.column(),
        null,
        verdict.reads(),
        comparison == null ? null : Comparison.valueOf(comparison));
  }

  private static String predicate(String expression) {
    return "CASE WHEN (\n" + expression + "\n) THEN 1 END";
  }

  /** What the expressions of a move read: a joined row is a clone of its own. */
  private TableName read(int number, Move move) throws SQLException {
    Optional<JoinedRow> row = move.joins().isEmpty() ? Optional.empty() : JoinedRow.of(move, after);
    if (row.isEmpty()) {
      return move.from();
    }
    return clones.joined("kedge joined " + number, move.from(), row.get());
  }

  private void judge(
      List<ExpressionVerdict> verdicts,
      int move,
      String part,
      Map<String, String> columns,
      TableName read,
      TableName written)
      throws SQLException {
    for (Map.Entry<String, String> column : columns.entrySet()) {
      String inParentheses = "(\n" + column.getValue() + "\n)";
      String cast =
          Catalog.find(after, written)
              .flatMap(table -> table.column(column.getKey()))
              .map(found -> "CAST(" + inParentheses + " AS " + found.castType() + ")")
              .orElse(inParentheses);
      verdicts.add(one(move, part, column.getKey(), cast, column.getValue(), read));
    }
  }

  private ExpressionVerdict one(
      int move,
      String part,
      @Nullable String column,
      String wrapped,
      String expression,
      TableName table)
      throws SQLException {
    Optional<String> fault = fault(expression);
    Optional<TableName> clone = clones.of(table);
    if (fault.isPresent() || clone.isEmpty()) {
      // Without the table there is nothing to judge on; that it is missing is said elsewhere.
      return new ExpressionVerdict(move, part, column, fault.orElse(null), List.of());
    }
    try {
      List<String> reads = Savepoints.attempt(sql, any -> accepted(wrapped, clone.get()));
      return new ExpressionVerdict(move, part, column, null, reads);
    } catch (SQLException e) {
      Savepoints.throwUnlessRefused(e);
      return new ExpressionVerdict(move, part, column, words(e), List.of());
    }
  }

  /** What shows in the text alone that it would break out of the parentheses it is put in. */
  private static Optional<String> fault(String expression) {
    int depth = 0;
    for (SqlText.Token token : SqlText.tokens(expression)) {
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      if (depth < 0 || token.is(";")) {
        return Optional.of(NOT_SINGLE);
      }
    }
    return depth != 0
        ? Optional.of(NOT_SINGLE)
        : SpecStatement.notOne("SELECT (\n" + expression + "\n)").map(several -> NOT_SINGLE);
  }

  private List<String> accepted(String expression, TableName clone) throws SQLException {
    sql.execute(scratch.settings());
    String index = Quoting.name(clone.schema()) + ".\"kedge judged\"";
    // Whatever its type, whether it is NULL can be indexed.
    sendOne(
        "CREATE INDEX \"kedge judged\" ON %s ((%s IS NULL))"
            .formatted(Quoting.table(clone), scratch.rewrite(expression)));
    if (!sql.first(INDEX, row -> row.getBoolean("one"), index).orElse(false)) {
      throw new SQLException(NOT_SINGLE, "42601");
    }
    queryOne(
        "SELECT %s FROM %s LIMIT 0".formatted(scratch.rewrite(expression), Quoting.table(clone)));
    List<String> reads =
        sql.list(READS, row -> row.getString("attname"), index, Quoting.table(clone));
    sql.execute("DROP INDEX " + index + "; " + Scratch.ourSettings());
    return reads;
  }

  private void sendOne(String statement) throws SQLException {
    requireOne(statement);
    Statements.execute(sql, statement);
  }

  private void queryOne(String query) throws SQLException {
    requireOne(query);
    try (PreparedStatement prepared = sql.connection().prepareStatement(escaped(query));
        ResultSet result = prepared.executeQuery()) {
      if (result.getMetaData().getColumnCount() != 1) {
        throw new SQLException(NOT_SINGLE, "42601");
      }
    }
  }

  // The driver takes ? for a parameter; ?? is the operator.
  static String escaped(String query) {
    StringBuilder out = new StringBuilder();
    int copied = 0;
    for (SqlText.Token token : SqlText.tokens(query)) {
      if (token.is("?")) {
        out.append(query, copied, token.end()).append('?');
        copied = token.end();
      }
    }
    return out.append(query, copied, query.length()).toString();
  }

  private static void requireOne(String statement) throws SQLException {
    if (SpecStatement.notOne(statement).isPresent()) {
      throw new SQLException(NOT_SINGLE, "42601");
    }
  }

  private String words(SQLException error) {
    String said = scratch.real(SqlStates.describe(error));
    if (IMMUTABLE.equals(error.getSQLState())) {
      return "it is not immutable: another session or another day could give another value for the same row";
    }
    if (NOT_SUPPORTED.equals(error.getSQLState())) {
      return "it reads more than its own row: " + said.replace("index expressions", "it");
    }
    return error instanceof PSQLException ? said : NOT_SINGLE;
  }
}
