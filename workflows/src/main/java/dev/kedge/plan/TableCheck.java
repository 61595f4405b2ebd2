package dev.kedge.plan;

import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.Similar;
import dev.kedge.spec.TableName;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Whether a table is there and of a kind that can be moved exactly. */
final class TableCheck {
  private final Catalog catalog;
  private final Objections objections;

  TableCheck(Catalog catalog, Objections objections) {
    this.catalog = catalog;
    this.objections = objections;
  }

  /** The source as it is now; empty and refused when it is not fit. */
  Optional<Table> source(TableName name) {
    Optional<Table> table = Catalog.find(catalog.before(), name);
    if (table.isEmpty()) {
      missing(name, "there is no such table");
    }
    return table.filter(this::fit);
  }

  /** The target as expand leaves it; empty and refused when it is not fit. */
  Optional<Table> target(TableName name) {
    Optional<Table> table = Catalog.find(catalog.after(), name);
    if (table.isEmpty() && catalog.expand().stream().allMatch(done -> done.error() == null)) {
      missing(name, "there is no such table, and expand does not create it");
    }
    return table.filter(this::fit);
  }

  private boolean fit(Table table) {
    String kind = kind(table);
    if (!kind.isEmpty()) {
      objections.refuse(
          RefusalCodes.TABLE_KIND,
          table.name().toString(),
          "it is " + kind + "; this comes later",
          "name an ordinary table");
      return false;
    }
    checkRights(table);
    return true;
  }

  private static String kind(Table table) {
    return switch (table.kind()) {
      case "r" -> table.partition() ? "a partition, or other tables inherit from it" : "";
      case "p" -> partitioned(table);
      case "v" -> "a view";
      case "m" -> "a materialized view";
      case "f" -> "a foreign table";
      default -> "not an ordinary table";
    };
  }

  private static String partitioned(Table table) {
    Catalog.Partitioning by = table.partitioning();
    if (table.partition()) {
      return "a partition of another table";
    }
    if (by != null && !by.foreign().isEmpty()) {
      return "partitioned, and some partitions are foreign tables, whose writes are not seen here: "
          + String.join(", ", by.foreign());
    }
    return by != null && by.otherCollation()
        ? "partitioned by a column in another collation than the column's own"
        : "";
  }

  private void checkRights(Table table) {
    String name = table.name().toString();
    if (!table.missingRights().isEmpty()) {
      String rights = String.join(", ", table.missingRights());
      objections.refuse(
          RefusalCodes.RIGHTS,
          name,
          "role " + catalog.role() + " lacks " + rights,
          "GRANT %s ON %s TO %s;"
              .formatted(rights, Quoting.readable(table.name()), Quoting.readable(catalog.role())));
    }
    if (table.rowSecurity()) {
      objections.refuse(
          RefusalCodes.ROW_SECURITY,
          name,
          "row-level security hides rows from " + catalog.role() + ", so not all could be moved",
          "let the worker connect as a role with BYPASSRLS, or as the owner without FORCE");
    }
  }

  private void missing(TableName name, String why) {
    List<TableName> known = catalog.tableNames();
    String help =
        known.stream()
            .filter(other -> other.name().equals(name.name()))
            .findFirst()
            .map(other -> "did you mean \"" + Quoting.readable(other) + "\"?")
            .or(() -> similar(name.toString(), known.stream().map(TableName::toString).toList()))
            .orElse("create it in expand, or name one that exists");
    objections.refuse(RefusalCodes.MISSING, name.toString(), why, help);
  }

  /** Refuses a column that {@code table} does not have. */
  void missingColumn(Table table, String column) {
    List<String> names = table.columns().stream().map(Catalog.Column::name).toList();
    objections.refuse(
        RefusalCodes.MISSING,
        table.name() + "." + column,
        "there is no such column in " + table.name(),
        similar(column, names).orElse("it has " + String.join(", ", names)));
  }

  private static Optional<String> similar(String word, Collection<String> names) {
    return Similar.to(word, names).map(near -> "did you mean \"" + near + "\"?");
  }
}
