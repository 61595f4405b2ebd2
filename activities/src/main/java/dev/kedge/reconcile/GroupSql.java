package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that count rows, and add numbers up, by group. */
final class GroupSql {
  private static final Pattern MODIFIER = Pattern.compile("\\([^)]*\\)");
  // Whose sums are exact, whatever the order.
  private static final Set<String> EXACT = Set.of("smallint", "integer", "bigint", "numeric");

  // Of ranges that begin, or are no more, as after a change of the writing side. What was counted
  // of them before is no more.
  static final String FORGET =
      """
      DELETE FROM kedge.subtotal s
      WHERE s.migration = ? AND s.move = ?
        AND NOT EXISTS (
          SELECT
          FROM kedge.comparison c
          WHERE c.migration = s.migration AND c.move = s.move AND c.range = s.range
            AND c.snapshot IS NOT NULL)""";

  static final String ADD =
      """
      INSERT INTO kedge.subtotal AS s (migration, move, range, group_key, rows, following_rows,
        sums, following_sums)
      VALUES (?, ?, ?, ?::text[], ?, ?, ?::text[]::numeric[], ?::text[]::numeric[])
      ON CONFLICT (migration, move, range, group_key) DO UPDATE
      SET rows = s.rows + excluded.rows,
        following_rows = s.following_rows + excluded.following_rows,
        sums = ARRAY(
          SELECT u.a + u.b
          FROM unnest(s.sums, excluded.sums) WITH ORDINALITY AS u (a, b, n)
          ORDER BY u.n),
        following_sums = ARRAY(
          SELECT u.a + u.b
          FROM unnest(s.following_sums, excluded.following_sums) WITH ORDINALITY AS u (a, b, n)
          ORDER BY u.n)""";

  private GroupSql() {}

  /**
   * A range's groups, a row each. Rows whose keys are left out are in none: what the log explains
   * is on its way.
   *
   * @param but keys left out, one list a column, as text of the truth's type
   */
  static Fragment groups(
      Direction direction, KeyRange range, List<String> by, List<List<String>> but) {
    Projection projection = direction.projection();
    List<String> sums = sums(projection.columns(), by);
    String values =
        each(by.size(), i -> Quoting.name(by.get(i)) + " AS g" + (i + 1))
            + (sums.isEmpty()
                ? ""
                : ", " + each(sums.size(), i -> Quoting.name(sums.get(i)) + " AS n" + (i + 1)));
    return Fragment.of(
            """
            SELECT ARRAY[%s] AS group_key, count(*) FILTER (WHERE x.truth) AS rows,
              count(*) FILTER (WHERE NOT x.truth) AS following_rows,
              ARRAY[%s]::text[] AS sums, ARRAY[%s]::text[] AS following_sums
            FROM (
              SELECT true AS truth, %s
              FROM (
            """
                .formatted(
                    each(by.size(), i -> "x.g%d::text".formatted(i + 1)),
                    each(sums.size(), i -> sum("x.truth", i)),
                    each(sums.size(), i -> sum("NOT x.truth", i)),
                    values))
        .then(projection.comparableRows(range))
        .then("\n  ) w\n  WHERE ")
        .then(without(projection, "w.", but))
        .then("\n  UNION ALL\n  SELECT false, %s\n  FROM (\n".formatted(values))
        .then(CopySql.there(direction.projection(), range))
        .then("\n  ) w\n  WHERE ")
        .then(without(projection, "w.", but))
        .then("\n) x\nGROUP BY " + each(by.size(), i -> "x.g" + (i + 1)));
  }

  /**
   * The columns of the old side that are those of the new one, taken over as they are and followed
   * back; none when one is not: what is computed has no column over there to count by.
   */
  static List<String> ofOldSide(MovePlan move, List<String> groupBy) {
    List<String> old = new ArrayList<>();
    for (String column : groupBy) {
      String expression = expression(move.columns(), column);
      move.reverse().stream()
          .map(ProjectedColumn::column)
          .filter(back -> is(back, expression))
          .findFirst()
          .ifPresent(old::add);
    }
    return old.size() == groupBy.size() ? old : List.of();
  }

  private static boolean is(String column, String expression) {
    return expression.equals(Quoting.name(column)) || expression.equals(Quoting.readable(column));
  }

  private static String expression(List<ProjectedColumn> columns, String column) {
    return columns.stream()
        .filter(each -> each.column().equals(column))
        .map(each -> each.expression().strip())
        .findFirst()
        .orElse("");
  }

  /** Columns whose numbers are added up. */
  static List<String> sums(List<ProjectedColumn> columns, List<String> by) {
    return columns.stream()
        .filter(column -> EXACT.contains(MODIFIER.matcher(column.type()).replaceFirst("")))
        .map(ProjectedColumn::column)
        .filter(column -> !by.contains(column))
        .toList();
  }

  private static String sum(String side, int i) {
    return "coalesce(sum(x.n%d) FILTER (WHERE %s), 0)::text".formatted(i + 1, side);
  }

  private static Fragment without(Projection projection, String prefix, List<List<String>> but) {
    if (but.isEmpty() || but.get(0).isEmpty()) {
      return Fragment.of("true");
    }
    KeySide written = projection.writtenKey();
    int width = written.names().size();
    String same =
        IntStream.range(0, width)
            .mapToObj(
                i ->
                    "e.k%d::%s::%s = %s%s"
                        .formatted(
                            i + 1,
                            projection.readKey().types().get(i),
                            written.types().get(i),
                            prefix,
                            Quoting.name(written.names().get(i))))
            .collect(Collectors.joining(" AND "));
    return Fragment.of(
        "NOT EXISTS (SELECT FROM unnest(%s) AS e (%s) WHERE %s)"
            .formatted(each(width, i -> "?::text[]"), each(width, i -> "k" + (i + 1)), same),
        but.toArray());
  }

  private static String each(int number, IntFunction<String> form) {
    return IntStream.range(0, number).mapToObj(form).collect(Collectors.joining(", "));
  }
}
