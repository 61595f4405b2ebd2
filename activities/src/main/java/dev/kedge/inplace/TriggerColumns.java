package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The columns a move's triggers write, as the catalog has them. */
record TriggerColumns(MovePlan move, List<WrittenColumn> columns, List<WrittenColumn> reverse) {
  // What pg_get_expr prints for a constant, cast or not.
  private static final Pattern CONSTANT =
      Pattern.compile(
          "\\(?('([^']|'')*'|-?[0-9]+(\\.[0-9]+)?|true|false)\\)?(::[^()']+(\\([0-9, ]+\\))?)?");

  static TriggerColumns read(Sql sql, MovePlan move) throws SQLException {
    return new TriggerColumns(
        move, written(sql, move, move.columns()), written(sql, move, move.reverse()));
  }

  TriggerFunctionSql functions() {
    return new TriggerFunctionSql(move.source().name(), columns, reverse);
  }

  /**
   * Has the server parse every expression over a row as the trigger sees it: no row of the table's
   * own type, so that what only works on one is refused now and not trapped for ever.
   */
  void tryOut(Sql sql) throws SQLException {
    String values =
        Stream.concat(columns.stream(), reverse.stream())
            .map(c -> Projection.value(c.projected()))
            .collect(Collectors.joining(", "));
    String table = Quoting.table(move.source());
    try {
      sql.execute(
          "SELECT %s FROM (SELECT (r.r).* FROM (SELECT NULL::%s AS r) AS r) AS %s WHERE false"
              .formatted(values, table, Quoting.name(move.source().name())));
    } catch (SQLException e) {
      if (SqlStates.kindOf(e) != SqlStates.Kind.STATEMENT) {
        throw e;
      }
      throw Failures.refused(
          "an expression of move %d cannot be computed in a trigger on %s: %s"
              .formatted(move.number(), move.source(), SqlStates.describe(e)));
    }
  }

  private static List<WrittenColumn> written(
      Sql sql, MovePlan move, List<ProjectedColumn> projected) throws SQLException {
    List<WrittenColumn> written = new ArrayList<>();
    for (ProjectedColumn column : projected) {
      written.add(written(sql, move, column));
    }
    return written;
  }

  private static WrittenColumn written(Sql sql, MovePlan move, ProjectedColumn column)
      throws SQLException {
    return sql.first(
            CaptureSql.COLUMN,
            row ->
                new WrittenColumn(
                    column,
                    row.getBoolean("not_null"),
                    constant(move, column, row.getString("absent"))),
            Quoting.table(move.source()),
            column.column())
        .orElseThrow(
            () ->
                Failures.catalogDiffers(
                    "column %s of %s is gone".formatted(column.column(), move.source())));
  }

  // From writes on, an insert that leaves the new columns alone is the old application's. With a
  // default that changes from row to row nobody can tell.
  private static @Nullable String constant(
      MovePlan move, ProjectedColumn column, @Nullable String absent) {
    boolean isNew = move.columns().contains(column);
    if (absent == null || !isNew || CONSTANT.matcher(absent).matches()) {
      return isNew ? absent : null;
    }
    throw Failures.refused(
        """
        column %s of %s has a default that is no constant: from `writes` on it cannot be told which \
        application inserted a row
        help: add the column without a default, and set it in contract"""
            .formatted(column.column(), move.source()));
  }
}
