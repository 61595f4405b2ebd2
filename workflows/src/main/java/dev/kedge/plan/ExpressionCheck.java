package dev.kedge.plan;

import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.spec.Move;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The server's verdicts on the expressions of one move. */
final class ExpressionCheck {
  private static final String COLUMNS = "columns";
  private static final String WHERE = "where";
  private static final String REVERSE = "reverse";
  static final String OWNS = "owns";
  private static final String DEEP_CHECK = "deepCheck.where";

  private final Move move;
  private final int number;
  private final List<ExpressionVerdict> verdicts;
  private final Objections objections;

  ExpressionCheck(Move move, int number, Catalog catalog, Objections objections) {
    this.move = move;
    this.number = number;
    this.verdicts =
        catalog.expressions().stream().filter(verdict -> verdict.move() == number).toList();
    this.objections = objections;
  }

  /** What the expression of that part of a move reads, which has no column. */
  static List<String> reads(Catalog catalog, int move, String part) {
    return catalog.expressions().stream()
        .filter(verdict -> verdict.move() == move && verdict.part().equals(part))
        .flatMap(verdict -> verdict.reads().stream())
        .toList();
  }

  /** Refuses what the server refused, and what it was not asked about. */
  void check() {
    move.columns().forEach((column, sql) -> check(COLUMNS, column, sql));
    move.reverse().forEach((column, sql) -> check(REVERSE, column, sql));
    String where = move.where();
    if (where != null) {
      check(WHERE, null, where);
    }
    String owns = move.owns();
    if (owns != null) {
      check(OWNS, null, owns);
    }
    String deep = move.deepCheck() == null ? null : move.deepCheck().where();
    if (deep != null) {
      check(DEEP_CHECK, null, deep);
    }
    if (move.inPlace()) {
      move.columns()
          .keySet()
          .forEach(column -> refuseOwn(COLUMNS, column, move.columns().keySet()));
      move.reverse()
          .keySet()
          .forEach(column -> refuseOwn(REVERSE, column, move.reverse().keySet()));
    }
  }

  private void check(String part, @Nullable String column, String sql) {
    accepted(part, column, sql);
  }

  /** The verdict on an expression that the server accepts; empty and refused otherwise. */
  Optional<ExpressionVerdict> accepted(String part, @Nullable String column, String sql) {
    Optional<ExpressionVerdict> verdict = verdict(part, column);
    if (verdict.isEmpty()) {
      objections.refuse(
          RefusalCodes.EXPRESSION,
          name(part, column),
          "the server was not asked about: " + sql,
          "make the plan again; if it stays, report it as a fault of Kedge");
      return Optional.empty();
    }
    String error = verdict.get().error();
    if (error != null) {
      objections.refuse(
          RefusalCodes.EXPRESSION,
          name(part, column),
          "the server refuses " + sql + ": " + error,
          remedy(error));
      return Optional.empty();
    }
    return verdict;
  }

  /** In place the column's old value is its only copy: written once, it is gone. */
  private void refuseOwn(String part, String column, Set<String> written) {
    List<String> own =
        verdict(part, column).map(ExpressionVerdict::reads).orElse(List.of()).stream()
            .filter(written::contains)
            .toList();
    if (!own.isEmpty()) {
      objections.refuse(
          RefusalCodes.FROM_ITSELF,
          name(part, column),
          "it is computed from " + String.join(", ", own) + ", which this move writes itself",
          "add a new column in expand, fill that, and drop the old one in contract");
    }
  }

  private Optional<ExpressionVerdict> verdict(String part, @Nullable String column) {
    return verdicts.stream()
        .filter(verdict -> verdict.part().equals(part))
        .filter(verdict -> column == null || column.equals(verdict.column()))
        .findFirst();
  }

  private String name(String part, @Nullable String column) {
    String field = part.equals(CompareCheck.BACK) ? CompareCheck.FORTH : part;
    return "moves[%d].%s%s".formatted(number, field, column == null ? "" : "." + column);
  }

  private static String remedy(String error) {
    String words = error.toLowerCase(Locale.ROOT);
    if (words.contains("row of move") || words.contains("its own rows")) {
      return "owns must be true for exactly the rows that its own move makes";
    }
    if (words.contains("immutable")) {
      return "it must not depend on settings or time: name the zone, the locale or the format, as"
          + " in (at AT TIME ZONE 'UTC')::date";
    }
    if (words.contains("own row")
        || words.contains("subquer")
        || words.contains("aggregate")
        || words.contains("window")) {
      return "an expression reads one row; what needs other rows is a migration of its own";
    }
    if (words.contains("does not exist")) {
      return "an expression sees the columns of one row of the table it reads, without its name";
    }
    return "write one immutable SQL expression over one row";
  }
}
