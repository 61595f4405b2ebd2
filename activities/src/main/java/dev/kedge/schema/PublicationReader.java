package dev.kedge.schema;

import dev.kedge.plan.Catalog.Publication;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the publications that carry a table of the spec, or would carry ours. */
final class PublicationReader {
  private static final String OURS = "kedge";

  private final Sql sql;

  PublicationReader(Sql sql) {
    this.sql = sql;
  }

  private record Head(long oid, String name, boolean allTables) {}

  /**
   * The publications that matter to {@code tables}, those that do not exist yet included: a
   * publication of all tables or of a schema will carry them.
   */
  List<Publication> read(Set<TableName> tables) throws SQLException {
    boolean schemas = sql.one(PublicationSql.HAS_SCHEMAS, row -> row.getBoolean("there"));
    List<String> subscribers =
        sql.list(PublicationSql.SUBSCRIBERS, row -> row.getString("slot_name"));
    List<Publication> publications = new ArrayList<>();
    for (Head head :
        sql.list(
            PublicationSql.PUBLICATIONS,
            row ->
                new Head(
                    row.getLong("oid"),
                    row.getString("pubname"),
                    row.getBoolean("puballtables")))) {
      Set<String> covered = schemas ? schemasOf(head) : Set.of();
      boolean all = head.allTables() || covered.contains(OURS);
      Set<TableName> carried = tablesOf(PublicationSql.TABLES, head);
      if (schemas) {
        carried.addAll(tablesOf(PublicationSql.ROOTS_IN_SCHEMAS, head));
      }
      List<TableName> ofSpec =
          tables.stream()
              .filter(t -> head.allTables() || covered.contains(t.schema()) || carried.contains(t))
              .toList();
      if (all || !ofSpec.isEmpty()) {
        publications.add(new Publication(head.name(), all, ofSpec, subscribers));
      }
    }
    return publications;
  }

  private Set<String> schemasOf(Head head) throws SQLException {
    return new LinkedHashSet<>(
        sql.list(PublicationSql.SCHEMAS, row -> row.getString("nspname"), head.oid()));
  }

  private Set<TableName> tablesOf(String query, Head head) throws SQLException {
    return new LinkedHashSet<>(
        sql.list(
            query,
            row -> new TableName(row.getString("nspname"), row.getString("relname")),
            head.oid()));
  }
}
