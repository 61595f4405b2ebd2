package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.plan.Catalog.UniqueIndex;
import dev.kedge.plan.JoinedTable.Named;
import dev.kedge.spec.Join;
import dev.kedge.spec.Move;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The one row that the expressions of a merge by join read: all columns of the main table, then
 * those of each joined table that are not its key. A name that is taken becomes {@code
 * table_column}.
 *
 * @param table the row as a table: the main table's keys, everybody's columns
 * @param joins the joined tables, in the order of the spec
 */
public record JoinedRow(Table table, List<JoinedTable> joins) {
  public JoinedRow {
    joins = List.copyOf(joins);
  }

  /**
   * The row of a move with joins, made of {@code tables}; empty when a table or a key is missing,
   * which the plan refuses by name.
   */
  public static Optional<JoinedRow> of(Move move, List<Table> tables) {
    Optional<Table> main = Catalog.find(tables, move.from());
    return main.isEmpty() ? Optional.empty() : of(move, main.get(), tables, new Objections());
  }

  /** The same, saying what is in the way. */
  static Optional<JoinedRow> of(Move move, Table main, List<Table> tables, Objections objections) {
    Optional<UniqueIndex> key = KeyResolver.sourceIndex(move, main);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    List<Column> columns = new ArrayList<>(main.columns());
    List<JoinedTable> joins = new ArrayList<>();
    for (Join join : move.joins()) {
      Optional<Table> joined = Catalog.find(tables, join.table());
      Optional<List<KeyColumn>> pairs =
          joined.flatMap(table -> pairs(main, key.get().columns(), table, objections));
      if (pairs.isEmpty()) {
        return Optional.empty();
      }
      List<Named> named = named(joined.get(), pairs.get(), columns, objections);
      named.forEach(name -> columns.add(column(joined.get(), name, join.optional())));
      joins.add(new JoinedTable(join.table(), join.optional(), pairs.get(), named));
    }
    return Optional.of(new JoinedRow(main.withColumns(columns), joins));
  }

  /** The joined table's key, in the order of the main table's: by name, or its primary key. */
  private static Optional<List<KeyColumn>> pairs(
      Table main, List<String> key, Table joined, Objections objections) {
    Optional<List<KeyColumn>> pairs =
        KeyResolver.indexOf(joined, key)
            .map(index -> key)
            .or(() -> primaryKey(joined))
            .filter(columns -> columns.size() == key.size())
            .map(columns -> pairs(main, key, joined, columns))
            .filter(found -> found.stream().allMatch(p -> p.sourceType().equals(p.targetType())));
    if (pairs.isEmpty()) {
      objections.refuse(
          RefusalCodes.JOIN,
          joined.name().toString(),
          "it has no usable unique key that is the key of %s: (%s)"
              .formatted(main.name(), typed(main, key)),
          "a merge joins rows of one key: give it a primary key of these types, NOT NULL, without"
              + " WHERE and not deferrable");
    }
    return pairs;
  }

  private static List<KeyColumn> pairs(
      Table main, List<String> key, Table joined, List<String> columns) {
    List<KeyColumn> pairs = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      pairs.add(
          new KeyColumn(
              columns.get(i), type(joined, columns.get(i)), key.get(i), type(main, key.get(i))));
    }
    return pairs;
  }

  private static Optional<List<String>> primaryKey(Table table) {
    return table.uniqueIndexes().stream()
        .filter(index -> index.usable() && index.primary())
        .map(UniqueIndex::columns)
        .findFirst();
  }

  private static List<Named> named(
      Table joined, List<KeyColumn> key, List<Column> before, Objections objections) {
    Set<String> taken = new LinkedHashSet<>();
    before.forEach(column -> taken.add(column.name()));
    List<Named> named = new ArrayList<>();
    for (Column column : joined.columns()) {
      if (key.stream().anyMatch(part -> part.source().equals(column.name()))) {
        continue;
      }
      String name =
          taken.contains(column.name())
              ? joined.name().name() + "_" + column.name()
              : column.name();
      boolean renamed = !name.equals(column.name());
      if (!taken.add(name) || (renamed && joined.column(name).isPresent())) {
        objections.refuse(
            RefusalCodes.JOIN,
            joined.name() + "." + column.name(),
            "%s and %s are both names of the joined row already".formatted(column.name(), name),
            "rename one of the columns, or move it on its own");
      }
      named.add(new Named(column.name(), name));
    }
    return named;
  }

  private static Column column(Table joined, Named named, boolean optional) {
    Column column = joined.column(named.column()).orElseThrow();
    return new Column(
        named.name(),
        column.type(),
        column.castType(),
        column.notNull() && !optional,
        column.hasDefault(),
        column.generated(),
        column.identity(),
        column.comparison(),
        column.sequence());
  }

  private static String typed(Table table, List<String> columns) {
    return String.join(
        ", ", columns.stream().map(column -> column + " " + type(table, column)).toList());
  }

  private static String type(Table table, String column) {
    return table.column(column).map(Column::type).orElse("");
  }
}
