package dev.kedge.inplace;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** A view over expressions: what they read the server itself then says. */
final class Probe {
  private static final String NAME = "kedge.probe";

  private Probe() {}

  /** Asks while the view of that name is there. */
  interface Question<T> {
    T ask(String view) throws SQLException;
  }

  static <T> T of(Sql sql, MovePlan move, List<ProjectedColumn> columns, Question<T> question)
      throws SQLException {
    String values =
        columns.stream()
            .map(c -> Projection.value(c) + " AS v" + columns.indexOf(c))
            .collect(Collectors.joining(", "));
    sql.execute(
        "CREATE VIEW %s AS SELECT %s FROM %s"
            .formatted(NAME, values, Quoting.table(move.source())));
    T answer = question.ask(NAME);
    sql.execute("DROP VIEW " + NAME);
    return answer;
  }
}
