package dev.kedge.projection;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How values compare, as SQL that is never null. By value is what evidence counts; by image is what
 * the applier makes equal, so that {@code 1.0} and {@code 1.00} are told apart.
 */
public final class Values {
  private Values() {}

  /** Some column differs by value between two prefixes; {@code false} without columns. */
  public static String differ(List<ProjectedColumn> columns, String left, String right) {
    return columns.isEmpty()
        ? "false"
        : columns.stream()
            .map(c -> differ(c.comparison(), left + name(c), right + name(c)))
            .collect(Collectors.joining(" OR "));
  }

  /** Two values differ. */
  public static String differ(Comparison comparison, String left, String right) {
    String form =
        switch (comparison) {
          case PLAIN -> "%s IS DISTINCT FROM %s";
          case BYTES, TEXT -> "(%s)::text COLLATE \"C\" IS DISTINCT FROM (%s)::text COLLATE \"C\"";
          case IMAGE -> "ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record";
        };
    return form.formatted(left, right);
  }

  /** Some column is stored otherwise; {@code false} without columns. */
  public static String imagesDiffer(List<ProjectedColumn> columns, String left, String right) {
    return columns.isEmpty()
        ? "false"
        : "ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record"
            .formatted(list(columns, left), list(columns, right));
  }

  /** The columns' names, each {@code prefix}ed. */
  public static String list(List<ProjectedColumn> columns, String prefix) {
    return columns.stream().map(c -> prefix + name(c)).collect(Collectors.joining(", "));
  }

  private static String name(ProjectedColumn column) {
    return Quoting.name(column.column());
  }
}
