package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Move;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Lets the server prove what it can of {@code owns} without a row: where it reads nothing but
 * columns that a move writes a constant to, it must be true of the move's own rows and of no other
 * move's. What needs a row is checked with each row that is written.
 */
final class OwnerJudge {
  private final Sql sql;
  private final Scratch scratch;
  private final List<Catalog.Table> after;
  private final List<Move> moves;

  OwnerJudge(Sql sql, Scratch scratch, List<Catalog.Table> after, List<Move> moves) {
    this.sql = sql;
    this.scratch = scratch;
    this.after = after;
    this.moves = moves;
  }

  /** The verdicts, with what is wrong with an {@code owns} that was accepted as an expression. */
  List<ExpressionVerdict> judge(List<ExpressionVerdict> verdicts) throws SQLException {
    List<ExpressionVerdict> judged = new ArrayList<>();
    for (ExpressionVerdict verdict : verdicts) {
      boolean owns = verdict.part().equals(ExpressionJudge.OWNS) && verdict.error() == null;
      judged.add(owns ? judge(verdict, verdicts) : verdict);
    }
    return judged;
  }

  private ExpressionVerdict judge(ExpressionVerdict verdict, List<ExpressionVerdict> verdicts)
      throws SQLException {
    Move owner = moves.get(verdict.move() - 1);
    List<String> wrong = new ArrayList<>();
    for (int number = 1; number <= moves.size(); number++) {
      if (!moves.get(number - 1).to().equals(owner.to())) {
        continue;
      }
      Map<String, String> constants = constants(number, verdicts);
      if (!constants.keySet().containsAll(verdict.reads())) {
        continue;
      }
      boolean own = number == verdict.move();
      if (isTrue(Objects.requireNonNull(owner.owns()), constants) != own) {
        wrong.add(
            own ? "it is false for its own rows" : "it is true for each row of move " + number);
      }
    }
    return new ExpressionVerdict(
        verdict.move(),
        verdict.part(),
        verdict.column(),
        wrong.isEmpty() ? null : String.join(", and ", wrong),
        verdict.reads());
  }

  /** Columns that read nothing, as they are written. */
  private Map<String, String> constants(int number, List<ExpressionVerdict> verdicts) {
    Move move = moves.get(number - 1);
    Map<String, String> constants = new TreeMap<>();
    for (ExpressionVerdict verdict : verdicts) {
      String column = verdict.column();
      boolean constant =
          verdict.move() == number
              && verdict.part().equals("columns")
              && verdict.error() == null
              && verdict.reads().isEmpty();
      if (constant && column != null) {
        Catalog.find(after, move.to())
            .flatMap(table -> table.column(column))
            .ifPresent(
                found ->
                    constants.put(
                        column,
                        "CAST((\n%s\n) AS %s)"
                            .formatted(move.columns().get(column), found.castType())));
      }
    }
    return constants;
  }

  private boolean isTrue(String owns, Map<String, String> constants) throws SQLException {
    String row =
        constants.entrySet().stream()
            .map(constant -> constant.getValue() + " AS " + Quoting.name(constant.getKey()))
            .collect(Collectors.joining(", "));
    String query =
        "SELECT (\n%s\n) IS TRUE AS owned FROM (SELECT %s) kedge_row".formatted(owns, row);
    return Savepoints.attempt(
        sql,
        any -> {
          sql.execute(scratch.settings());
          boolean owned =
              sql.one(
                  ExpressionJudge.escaped(scratch.rewrite(query)),
                  result -> result.getBoolean("owned"));
          sql.execute(Scratch.ourSettings());
          return owned;
        });
  }
}
