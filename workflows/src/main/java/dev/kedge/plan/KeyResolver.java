package dev.kedge.plan;

import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.plan.Catalog.UniqueIndex;
import dev.kedge.spec.Move;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Picks the key a move walks along, and finds it on the target. */
final class KeyResolver {
  private final Move move;
  private final Table source;
  private final Table target;
  private final List<String> constants;
  private final Objections objections;

  private List<String> beside = List.of();

  KeyResolver(Move move, Table source, Table target, Objections objections) {
    this(move, source, target, List.of(), objections);
  }

  /**
   * @param constants columns of the target that the move writes a constant to
   */
  KeyResolver(
      Move move, Table source, Table target, List<String> constants, Objections objections) {
    this.move = move;
    this.source = source;
    this.target = target;
    this.constants = List.copyOf(constants);
    this.objections = objections;
  }

  /** Constants that are part of the target's key beside the resolved columns. */
  List<String> beside() {
    return beside;
  }

  /** The key's columns in index order; empty and refused when there is none. */
  Optional<List<KeyColumn>> resolve() {
    Optional<UniqueIndex> index = sourceIndex(move, source);
    if (index.isEmpty()) {
      refuseSource();
      return Optional.empty();
    }
    List<Column> key = index.get().columns().stream().map(this::sourceColumn).toList();
    return move.inPlace() ? Optional.of(key.stream().map(c -> pair(c, c)).toList()) : onTarget(key);
  }

  /** The index of the target that {@code key} is; only for a key that was resolved. */
  static Optional<UniqueIndex> indexOf(Table table, List<String> key) {
    return table.uniqueIndexes().stream()
        .filter(UniqueIndex::usable)
        .filter(index -> sameColumns(index.columns(), key))
        .findFirst();
  }

  /** The index whose key {@code move} walks along. */
  static Optional<UniqueIndex> sourceIndex(Move move, Table source) {
    return source.uniqueIndexes().stream()
        .filter(UniqueIndex::usable)
        .filter(
            index ->
                move.key().isEmpty() ? index.primary() : sameColumns(index.columns(), move.key()))
        .findFirst();
  }

  private void refuseSource() {
    String asked = move.key().isEmpty() ? "primary key" : "key " + columns(move.key());
    objections.refuse(
        RefusalCodes.KEY,
        source.name().toString(),
        "it has no usable " + asked + reasons(source),
        otherKeys(source));
  }

  private static String reasons(Table table) {
    String reasons =
        table.uniqueIndexes().stream()
            .filter(index -> !index.usable())
            .map(index -> index.name() + ": " + index.why())
            .collect(Collectors.joining("; "));
    return reasons.isEmpty() ? "" : " (" + reasons + ")";
  }

  private String otherKeys(Table table) {
    return table.uniqueIndexes().stream()
        .filter(UniqueIndex::usable)
        .findFirst()
        .map(index -> "set key: [" + String.join(", ", index.columns()) + "]")
        .orElseGet(() -> newKey(table));
  }

  private String newKey(Table table) {
    List<Column> asked = move.key().stream().flatMap(name -> table.column(name).stream()).toList();
    boolean known = !asked.isEmpty() && asked.size() == move.key().size();
    String on =
        "CREATE UNIQUE INDEX CONCURRENTLY ON %s (%s);"
            .formatted(
                Quoting.readable(table.name()),
                known
                    ? asked.stream()
                        .map(column -> Quoting.readable(column.name()))
                        .collect(Collectors.joining(", "))
                    : "…");
    return known && asked.stream().allMatch(Column::notNull)
        ? on
        : on + " over columns that are NOT NULL" + (known ? "" : ", and name them under key");
  }

  private Optional<List<KeyColumn>> onTarget(List<Column> key) {
    for (Column column : key) {
      if (candidates(column).isEmpty()) {
        objections.refuse(
            RefusalCodes.TARGET_KEY,
            target.name().toString(),
            "the key column " + column.name() + " of " + source.name() + " reaches no column of it",
            "name one in columns that is " + column.name() + " and nothing else, or a cast of it");
        return Optional.empty();
      }
    }
    for (UniqueIndex index : target.uniqueIndexes()) {
      Optional<List<KeyColumn>> found = along(index, key);
      if (index.usable() && found.isPresent()) {
        beside = rest(index, found.get());
        return checkTypes(found.get());
      }
    }
    String reached =
        columns(key.stream().flatMap(column -> candidates(column).stream()).distinct().toList());
    objections.refuse(
        RefusalCodes.TARGET_KEY,
        target.name().toString(),
        "no usable unique index of it is over exactly %s, or over that and constants%s"
            .formatted(reached, reasons(target)),
        howToHaveKey(reached, key));
    return Optional.empty();
  }

  private String howToHaveKey(String reached, List<Column> key) {
    Catalog.Partitioning by = target.partitioning();
    Set<String> ofKey = new HashSet<>();
    key.forEach(column -> ofKey.addAll(candidates(column)));
    if (by == null || ofKey.containsAll(by.columns())) {
      return "the target holds the source's key one to one: add PRIMARY KEY "
          + reached
          + " in expand";
    }
    List<String> others = by.columns().stream().filter(name -> !ofKey.contains(name)).toList();
    return "a partitioned table's key has the columns it is partitioned by: partition it by columns of "
        + reached
        + ", or name under key a unique index of "
        + source.name()
        + " that has what becomes "
        + String.join(", ", others)
        + ", too";
  }

  /** The key paired with the columns of {@code index}; empty when they do not match one to one. */
  private Optional<List<KeyColumn>> along(UniqueIndex index, List<Column> key) {
    List<KeyColumn> pairs = new ArrayList<>();
    Set<String> used = new HashSet<>();
    for (Column column : key) {
      Optional<Column> counterpart =
          candidates(column).stream()
              .filter(name -> index.columns().contains(name) && used.add(name))
              .findFirst()
              .flatMap(target::column);
      counterpart.ifPresent(found -> pairs.add(pair(column, found)));
    }
    boolean complete = pairs.size() == key.size() && constants.containsAll(rest(index, pairs));
    return complete ? Optional.of(pairs) : Optional.empty();
  }

  private static List<String> rest(UniqueIndex index, List<KeyColumn> pairs) {
    List<String> rest = new ArrayList<>(index.columns());
    pairs.forEach(pair -> rest.remove(pair.target()));
    return rest;
  }

  private Optional<List<KeyColumn>> checkTypes(List<KeyColumn> pairs) {
    for (KeyColumn pair : pairs) {
      if (!Types.sameKey(pair.sourceType(), pair.targetType())) {
        objections.refuse(
            RefusalCodes.TARGET_KEY,
            target.name() + "." + pair.target(),
            "%s keys do not stay apart and in order as %s"
                .formatted(pair.sourceType(), pair.targetType()),
            "give the column the type " + pair.sourceType());
        return Optional.empty();
      }
    }
    return Optional.of(pairs);
  }

  /** Columns of the target that are {@code column} and nothing else. */
  private List<String> candidates(Column column) {
    List<String> names = new ArrayList<>();
    move.columns()
        .forEach(
            (name, expression) -> {
              if (PlainColumn.of(expression).filter(column.name()::equals).isPresent()) {
                names.add(name);
              }
            });
    boolean byName =
        target.column(column.name()).isPresent()
            && !move.columns().containsKey(column.name())
            && !move.ignore().contains(column.name());
    if (byName) {
      names.add(column.name());
    }
    return names;
  }

  private Column sourceColumn(String name) {
    return source
        .column(name)
        .orElseThrow(() -> new IllegalStateException(source.name() + " has no column " + name));
  }

  private static KeyColumn pair(Column source, Column target) {
    return new KeyColumn(source.name(), source.type(), target.name(), target.type());
  }

  private static boolean sameColumns(List<String> one, List<String> other) {
    return one.size() == other.size() && new HashSet<>(one).equals(new HashSet<>(other));
  }

  private static String columns(List<String> names) {
    return "(" + String.join(", ", names) + ")";
  }
}
