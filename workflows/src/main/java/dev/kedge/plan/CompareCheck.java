package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.CompareRule;
import dev.kedge.spec.Durations;
import dev.kedge.spec.Move;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the columns of one move are compared where its spec says so. A rule names a column that the
 * move writes; from {@code writes} on, where the old side follows, it holds for the old side's
 * column of that name, too. What cannot be is refused.
 */
final class CompareCheck {
  /** What verdicts on expressions over columns of the target are called. */
  static final String FORTH = "compare";

  /** The same of the source, where it follows. */
  static final String BACK = "compareBack";

  private static final Set<String> EXACT = Set.of("smallint", "integer", "bigint", "numeric");
  private static final Set<String> FLOATING = Set.of("real", "double precision");
  private static final Set<String> TIMES =
      Set.of("timestamp without time zone", "timestamp with time zone");

  private final Map<String, CompareRule> rules;
  private final int number;
  private final ExpressionCheck expressions;
  private final Objections objections;
  private final Set<String> used = new LinkedHashSet<>();

  CompareCheck(Move move, int number, ExpressionCheck expressions, Objections objections) {
    this.rules = move.compare();
    this.number = number;
    this.expressions = expressions;
    this.objections = objections;
  }

  /** The rules for what one direction writes. */
  Rules of(Table written, List<String> key, boolean forth) {
    return new Rules(written, key, forth ? FORTH : BACK);
  }

  /** Rules of one direction. */
  final class Rules {
    private final Table written;
    private final List<String> key;
    private final String part;

    private Rules(Table written, List<String> key, String part) {
      this.written = written;
      this.key = key;
      this.part = part;
    }

    /** Whether the spec says something of it. */
    boolean has(Column column) {
      return rules.containsKey(column.name());
    }

    /** What the spec says; null when nothing, or when it was refused. */
    @Nullable CompareAs of(Column column) {
      CompareRule rule = rules.get(column.name());
      if (rule == null) {
        return null;
      }
      used.add(column.name());
      if (key.contains(column.name())) {
        refuse(
            column.name(),
            "it is part of the key, by which rows of both sides are found together",
            "leave it out: keys are compared exactly, always");
        return null;
      }
      return switch (rule.kind()) {
        case IGNORE -> CompareAs.NOT_AT_ALL;
        case TOLERANCE -> within(column, value(rule));
        case AS -> as(column, value(rule));
      };
    }

    private @Nullable CompareAs within(Column column, String value) {
      String type = Types.base(column.type());
      Optional<Duration> duration = duration(value);
      if (TIMES.contains(type) && duration.isPresent()) {
        long micros = duration.get().toNanos() / 1_000;
        return CompareAs.within("'" + micros + " microseconds'::interval", type, "within " + value);
      }
      if (duration.isEmpty() && (EXACT.contains(type) || FLOATING.contains(type))) {
        String as = EXACT.contains(type) ? "numeric" : "double precision";
        return CompareAs.within("'" + value + "'::" + as, as, "within " + value);
      }
      refuse(
          column.name(),
          "a tolerance of %s has no meaning for %s %s"
              .formatted(value, written.name() + "." + column.name(), column.type()),
          "numbers take a number, timestamps a duration; for anything else say as: an expression");
      return null;
    }

    private @Nullable CompareAs as(Column column, String sql) {
      Optional<ExpressionVerdict> verdict = expressions.accepted(part, column.name(), sql);
      if (verdict.isEmpty()) {
        return null;
      }
      List<String> reads = verdict.get().reads();
      Comparison result = verdict.get().comparison();
      if (!reads.equals(List.of(column.name()))) {
        refuse(
            column.name(),
            reads.isEmpty()
                ? "it does not read the column, so that any two values would be the same: " + sql
                : "it reads " + String.join(", ", reads) + ", and may read nothing but the column",
            "write an expression over " + Quoting.readable(column.name()) + " alone");
        return null;
      }
      if (result == null) {
        refuse(
            column.name(),
            "what it comes to has a type whose values cannot be compared: " + sql,
            "end it in a cast, as in (" + sql + ")::text");
        return null;
      }
      return CompareAs.as(sql, result);
    }
  }

  /** Refuses rules for columns that no direction writes. */
  void finish(Table target, List<String> key, TableCheck tables) {
    for (String column : rules.keySet()) {
      if (used.contains(column)) {
        continue;
      }
      if (target.column(column).isEmpty()) {
        tables.missingColumn(target, column);
      } else if (key.contains(column)) {
        refuse(
            column,
            "it is part of the key, by which rows of both sides are found together",
            "leave it out: keys are compared exactly, always");
      } else {
        refuse(
            column,
            "this move does not write it, so that it is not compared anyway",
            "leave it out of compare, or name it in columns");
      }
    }
  }

  /** Refuses rules that leave nothing of a direction over. */
  void requireSome(List<ProjectedColumn> columns, List<String> key) {
    List<ProjectedColumn> values =
        columns.stream().filter(column -> !key.contains(column.column())).toList();
    if (!values.isEmpty() && values.stream().allMatch(CompareCheck::isIgnored)) {
      objections.refuse(
          RefusalCodes.COMPARE,
          "moves[" + number + "].compare",
          "it ignores every column that is not part of the key, so that nothing would be proven",
          "compare at least one of them: "
              + String.join(", ", values.stream().map(ProjectedColumn::column).toList()));
    }
  }

  private static boolean isIgnored(ProjectedColumn column) {
    return column.compare() != null && column.compare().way() == CompareAs.Way.IGNORED;
  }

  private void refuse(String column, String why, String help) {
    objections.refuse(
        RefusalCodes.COMPARE, "moves[%d].compare.%s".formatted(number, column), why, help);
  }

  private static String value(CompareRule rule) {
    return Objects.requireNonNull(rule.value());
  }

  private static Optional<Duration> duration(String value) {
    try {
      return Optional.of(Durations.parse(value));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
