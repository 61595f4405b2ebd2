package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Reads tables as the planner sees them. */
final class TableReader {
  private final Sql sql;

  TableReader(Sql sql) {
    this.sql = sql;
  }

  private record Head(
      long oid, String kind, boolean partition, boolean rowSecurity, long estimatedRows) {}

  /** The oid of the table; empty when there is none of that name. */
  Optional<Long> oid(TableName name) throws SQLException {
    return head(name).map(Head::oid);
  }

  /**
   * The table of that name.
   *
   * @param rights what the asking role needs on it
   */
  Optional<Catalog.Table> read(TableName name, Set<String> rights) throws SQLException {
    Optional<Head> head = head(name);
    return head.isEmpty() ? Optional.empty() : Optional.of(read(name, head.get(), rights));
  }

  private Catalog.Table read(TableName name, Head head, Set<String> rights) throws SQLException {
    return new Catalog.Table(
        name,
        head.kind(),
        head.partition(),
        sql.list(TableSql.COLUMNS, TableReader::column, head.oid(), head.oid()),
        sql.list(
            TableSql.UNIQUE_INDEXES, TableReader::uniqueIndex, head.oid(), head.oid(), head.oid()),
        texts(TableSql.TRIGGERS, head),
        texts(TableSql.REFERENCED_BY, head),
        texts(TableSql.FOREIGN_KEYS, head),
        head.rowSecurity(),
        head.estimatedRows(),
        hasRows(name, head),
        sql.list(
            TableSql.MISSING_RIGHTS,
            row -> row.getString("text"),
            rights.stream().sorted().toList(),
            head.oid()),
        new ReactionReader(sql).read(head.oid()),
        head.kind().equals("p")
            ? sql.one(
                TableSql.PARTITIONING,
                TableReader::partitioning,
                head.oid(),
                head.oid(),
                head.oid())
            : null);
  }

  /** The structure of the table as sorted lines; empty when there is none of that name. */
  List<String> structure(TableName name) throws SQLException {
    Optional<Head> head = head(name);
    if (head.isEmpty()) {
      return List.of();
    }
    Long oid = head.get().oid();
    return sql.list(TableSql.STRUCTURE, row -> row.getString("text"), oid, oid, oid, oid, oid, oid);
  }

  private Optional<Head> head(TableName name) throws SQLException {
    return sql.first(
        TableSql.TABLE,
        row ->
            new Head(
                row.getLong("oid"),
                row.getString("relkind"),
                row.getBoolean("partition"),
                row.getBoolean("row_security"),
                row.getLong("estimated_rows")),
        name.schema(),
        name.name());
  }

  private boolean hasRows(TableName name, Head head) throws SQLException {
    try {
      return Savepoints.attempt(
          sql,
          any ->
              any.one(
                  TableSql.HAS_ROWS.formatted(Quoting.table(name)),
                  row -> row.getBoolean("has_rows")));
    } catch (SQLException e) {
      // Not to be read, or only after many dead rows: what the statistics say, unknown for "yes".
      return head.estimatedRows() != 0;
    }
  }

  private List<String> texts(String query, Head head) throws SQLException {
    return sql.list(query, row -> row.getString("text"), head.oid());
  }

  private static Catalog.Partitioning partitioning(ResultSet row) throws SQLException {
    return new Catalog.Partitioning(
        Objects.requireNonNull(Sql.texts(row, "columns")),
        Objects.requireNonNull(Sql.texts(row, "foreign_tables")),
        row.getBoolean("other_collation"));
  }

  private static Catalog.Column column(ResultSet row) throws SQLException {
    String comparison = row.getString("comparison");
    return new Catalog.Column(
        row.getString("attname"),
        row.getString("type"),
        row.getString("cast_type"),
        row.getBoolean("attnotnull"),
        row.getBoolean("has_default"),
        row.getString("attgenerated"),
        row.getString("attidentity"),
        comparison == null ? null : Comparison.valueOf(comparison),
        row.getString("sequence"));
  }

  private static Catalog.UniqueIndex uniqueIndex(ResultSet row) throws SQLException {
    String why = row.getString("why");
    List<String> columns = Sql.texts(row, "columns");
    return new Catalog.UniqueIndex(
        row.getString("relname"),
        columns == null ? List.of() : columns,
        row.getBoolean("indisprimary"),
        why == null,
        why,
        row.getBoolean("partial"));
  }
}
