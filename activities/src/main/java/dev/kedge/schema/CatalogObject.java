package dev.kedge.schema;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing in the catalog, as a diff sees it.
 *
 * @param key stays the same as long as the thing lives
 * @param kind {@code table}, {@code column}, {@code constraint} …
 * @param schema the schema it is in, or that of its relation
 * @param relation the table or view it is part of; null when it stands alone
 * @param name its own name
 * @param definition all that a change could change
 * @param parent the key of what it goes away with; null for none
 * @param uses keys of columns that take it along when they go
 * @param hidden whether it never goes alone: an index of a constraint, a member of an extension
 */
record CatalogObject(
    String key,
    String kind,
    String schema,
    @Nullable String relation,
    String name,
    String definition,
    @Nullable String parent,
    List<String> uses,
    boolean hidden) {
  CatalogObject {
    uses = List.copyOf(uses);
  }

  static CatalogObject of(ResultSet row) throws SQLException {
    java.sql.Array uses = row.getArray("uses");
    return new CatalogObject(
        row.getString("key"),
        row.getString("kind"),
        Objects.requireNonNullElse(row.getString("schema"), ""),
        row.getString("relation"),
        Objects.requireNonNullElse(row.getString("name"), ""),
        Objects.requireNonNullElse(row.getString("definition"), ""),
        row.getString("parent"),
        uses == null ? List.of() : List.of((String[]) uses.getArray()),
        row.getBoolean("hidden"));
  }
}
