package dev.kedge.inplace;

import dev.kedge.plan.Quoting;
import dev.kedge.projection.Projection;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The text of a move's trigger functions. Nothing in them may fail the application's write: what
 * can raise stands inside one trap, which costs no transaction id because nothing is written there.
 *
 * @param table the table's name, unquoted: expressions may qualify their columns with it
 * @param columns the new columns
 * @param reverse the old ones; empty when the old side does not follow
 */
record TriggerFunctionSql(String table, List<WrittenColumn> columns, List<WrittenColumn> reverse) {
  TriggerFunctionSql {
    columns = List.copyOf(columns);
    reverse = List.copyOf(reverse);
  }

  // SECURITY DEFINER: the application's role needs no right on our schema or on what an expression
  // calls. Settings are pinned: a cast must yield in every session what it yields in ours.
  private static final String FUNCTION =
      """
      CREATE OR REPLACE FUNCTION kedge.%s() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp
      SET TimeZone = 'UTC'
      SET DateStyle = 'ISO, YMD'
      SET IntervalStyle = 'postgres'
      SET extra_float_digits = 1
      SET bytea_output = 'hex'
      AS %s""";

  // What is computed goes into a copy of the row, so that a trapped error leaves all of it alone.
  private static final String BODY =
      """

      #variable_conflict use_column
      DECLARE
        kedge_row record;
        kedge_to record;
        kedge_side text;
      BEGIN
        kedge_row := NEW;
      %s  RETURN kedge_row;
      EXCEPTION WHEN OTHERS THEN
        RETURN NEW;
      END
      """;

  private static final String EITHER =
      """
        IF TG_OP = 'INSERT' THEN
          kedge_side := CASE WHEN %1$s THEN 'old' ELSE 'new' END;
        ELSIF %2$s THEN
          kedge_side := 'new';
        ELSIF %3$s THEN
          kedge_side := 'old';
        ELSE
          BEGIN
            SELECT CASE WHEN %4$s THEN 'neither' ELSE 'old' END
            INTO kedge_side
            FROM (SELECT %5$s FROM (SELECT (OLD).*) AS %6$s) AS kedge_was,
              (SELECT %5$s FROM (SELECT (NEW).*) AS %6$s) AS kedge_is;
          EXCEPTION WHEN OTHERS THEN
            kedge_side := 'old';
          END;
        END IF;
        IF kedge_side = 'old' THEN
      %7$s  END IF;
      """;

  private static final String IF_NEW =
      """
        IF kedge_side = 'new' THEN
      %s  END IF;
      """;

  /** The statement that makes the half's function. */
  String create(Half half, String name) {
    String body =
        BODY.formatted(
            switch (half) {
              case FILL -> assign(columns);
              case BOTH -> either();
            });
    return FUNCTION.formatted(Quoting.name(name), dollarQuoted(body));
  }

  /**
   * Who wrote decides: a change of a new column makes the old ones follow, any other change that
   * matters to the projection makes the new ones follow, and a write that touches neither leaves a
   * row that agrees only as {@code old = R(new)} as the new application wrote it.
   */
  private String either() {
    String following =
        EITHER.formatted(
            all(columns, (n, c) -> c.absentIn("NEW")),
            any(columns, WrittenColumn::changed),
            reverse.isEmpty() ? "false" : any(reverse, WrittenColumn::changed),
            all(
                columns,
                (n, c) ->
                    AgreementSql.same(
                        "kedge_was.v" + n, "kedge_is.v" + n, c.projected().comparison())),
            each(columns, (n, c) -> Projection.value(c.projected()) + " AS v" + n, ", "),
            Quoting.name(table),
            assign(columns));
    return reverse.isEmpty() ? following : following + IF_NEW.formatted(assign(reverse));
  }

  private String assign(List<WrittenColumn> written) {
    return """
          SELECT %s
          INTO kedge_to
          FROM (SELECT (NEW).*) AS %s;
        %s"""
        .formatted(
            each(written, (n, c) -> Projection.value(c.projected()) + " AS v" + n, ", "),
            Quoting.name(table),
            each(written, TriggerFunctionSql::assignment, ""));
  }

  private static String assignment(int number, WrittenColumn column) {
    String value = "kedge_to.v" + number;
    String assignment = "  kedge_row.%s := %s;\n".formatted(column.name(), value);
    return column.notNull()
        ? "  IF %s IS NOT NULL THEN\n  %s  END IF;\n".formatted(value, assignment)
        : assignment;
  }

  private static String all(
      List<WrittenColumn> columns, BiFunction<Integer, WrittenColumn, String> predicate) {
    return each(columns, predicate, " AND ");
  }

  private static String any(
      List<WrittenColumn> columns, Function<WrittenColumn, String> predicate) {
    return each(columns, (n, c) -> predicate.apply(c), " OR ");
  }

  private static String each(
      List<WrittenColumn> columns,
      BiFunction<Integer, WrittenColumn, String> text,
      String separator) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> text.apply(i + 1, columns.get(i)))
        .collect(Collectors.joining(separator));
  }

  private static String dollarQuoted(String body) {
    String tag = "$kedge$";
    for (int n = 1; body.contains(tag); n++) {
      tag = "$kedge" + n + "$";
    }
    return tag + body + tag;
  }
}
