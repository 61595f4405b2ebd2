package dev.kedge.inplace;

import dev.kedge.activity.MoveScope;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes the plan of a move in place on a table of schema public, without the planner. */
public final class InPlaceMove {
  private static final Set<String> BY_BYTES =
      Set.of("text", "character varying", "character", "citext", "bpchar");

  private final PostgresExtension postgres;
  private final String table;
  private final List<ProjectedColumn> columns = new ArrayList<>();
  private final List<ProjectedColumn> reverse = new ArrayList<>();
  private Duration chunk = Duration.ofMillis(50);

  private InPlaceMove(PostgresExtension postgres, String table) {
    this.postgres = postgres;
    this.table = table;
  }

  public static InPlaceMove of(PostgresExtension postgres, String table) {
    return new InPlaceMove(postgres, table);
  }

  /** A new column and its expression over the row. */
  public InPlaceMove column(String column, String expression) throws SQLException {
    columns.add(projected(column, expression));
    return this;
  }

  /** An old column and its expression over the row. */
  public InPlaceMove reverse(String column, String expression) throws SQLException {
    reverse.add(projected(column, expression));
    return this;
  }

  InPlaceMove chunk(Duration bound) {
    chunk = bound;
    return this;
  }

  /** The move as number 1 of a migration {@code m} that this registers. */
  public MoveScope register() throws SQLException {
    return Fixture.register(postgres, "m", plan());
  }

  MovePlan plan() throws SQLException {
    TableName name = new TableName("public", table);
    return new MovePlan(
        1, MovePlan.Kind.IN_PLACE, name, name, key(), columns, null, reverse, 2, chunk, -1);
  }

  private ProjectedColumn projected(String column, String expression) throws SQLException {
    String type =
        one(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = ?::regclass AND attname = ?",
            "public." + Quoting.name(table),
            column);
    String base = type.replaceFirst("\\(.*\\)", "");
    boolean text = BY_BYTES.contains(base);
    return new ProjectedColumn(
        column, text ? base : type, expression, text ? Comparison.BYTES : Comparison.PLAIN, false);
  }

  private List<KeyColumn> key() throws SQLException {
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.execute(Databases.SESSION);
      return sql.list(
          """
              SELECT a.attname, format_type(a.atttypid, a.atttypmod)
              FROM pg_index i
              CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS c (attnum, place)
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = c.attnum
              WHERE i.indrelid = ?::regclass AND i.indisprimary
              ORDER BY c.place""",
          row ->
              new KeyColumn(row.getString(1), row.getString(2), row.getString(1), row.getString(2)),
          "public." + Quoting.name(table));
    }
  }

  private String one(String query, Object... binds) throws SQLException {
    try (Connection connection = postgres.connect()) {
      Sql sql = new Sql(connection);
      sql.execute(Databases.SESSION);
      return sql.one(query, row -> row.getString(1), binds);
    }
  }
}
