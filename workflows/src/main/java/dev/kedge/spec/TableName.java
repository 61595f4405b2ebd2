package dev.kedge.spec;

import java.util.Objects;

/**
 * The name of a table as the catalog spells it: unquoted, case-sensitive.
 *
 * @param schema the schema; {@code public} when the spec names none
 * @param name the table's own name
 */
public record TableName(String schema, String name) {
  public TableName {
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(name, "name");
  }

  /** The name as people read it, {@code schema.name}; not quoted, never to be put into SQL. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
