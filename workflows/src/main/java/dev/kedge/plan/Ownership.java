package dev.kedge.plan;

import dev.kedge.spec.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a target are one move's, as one predicate: constants of its key are as the move
 * writes them, its {@code owns} is true, and that of no other move into the target is. So a row
 * that two moves lay claim to is nobody's: it cannot be written, and is never deleted.
 */
final class Ownership {
  private Ownership() {}

  /**
   * The predicate; null when every row is the move's.
   *
   * @param constants key columns of the target that the move writes a constant to
   * @param columns what the move writes
   */
  static @Nullable String of(
      int number, List<Move> moves, List<String> constants, List<ProjectedColumn> columns) {
    Move move = moves.get(number - 1);
    List<String> parts = new ArrayList<>();
    columns.stream()
        .filter(column -> constants.contains(column.column()))
        .map(Ownership::isConstant)
        .forEach(parts::add);
    if (move.owns() != null) {
      parts.add(inParentheses(move.owns()));
    }
    IntStream.rangeClosed(1, moves.size())
        .filter(other -> other != number && moves.get(other - 1).to().equals(move.to()))
        .mapToObj(other -> moves.get(other - 1).owns())
        .filter(Objects::nonNull)
        .map(owns -> inParentheses(owns) + " IS NOT TRUE")
        .forEach(parts::add);
    return parts.isEmpty() ? null : String.join(" AND ", parts);
  }

  /** Columns that the server found to read nothing. */
  static List<String> constants(int number, Map<String, String> columns, Catalog catalog) {
    return catalog.expressions().stream()
        .filter(verdict -> verdict.move() == number && verdict.part().equals("columns"))
        .filter(verdict -> verdict.error() == null && verdict.reads().isEmpty())
        .map(Catalog.ExpressionVerdict::column)
        .filter(Objects::nonNull)
        .filter(columns::containsKey)
        .toList();
  }

  private static String isConstant(ProjectedColumn column) {
    return "%s = %s::%s"
        .formatted(
            Quoting.name(column.column()), inParentheses(column.expression()), column.type());
  }

  // On lines of its own: an expression may end in a comment.
  private static String inParentheses(String expression) {
    return "(\n" + expression + "\n)";
  }
}
