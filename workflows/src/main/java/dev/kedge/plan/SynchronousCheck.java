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

/**
 * What {@code sync: synchronous} asks of a copy: what it costs every write, and which rules of the
 * target the source does not imply. A write that breaks one goes through all the same, and its row
 * is missing or stale in the target until somebody mends it.
 */
record SynchronousCheck(
    Move move,
    int number,
    Table source,
    Table target,
    List<String> targetKey,
    Objections objections) {

  /**
   * Checks it.
   *
   * @param beside constants in the target's key index beside the key
   */
  void check(List<String> beside) {
    refuse(source);
    refuse(target);
    if (move.owns() != null || !beside.isEmpty()) {
      objections.refuse(
          RefusalCodes.LATER,
          "moves[" + number + "].sync",
          "it fills a part of its target, and that together with sync: synchronous comes later",
          "leave out sync: the target follows within a fraction of a second");
    }
    objections.warn(
        "moves[%d]: from the flip until writes, every statement that writes %s writes %s as well, in"
                .formatted(number, source.name(), target.name())
            + " one subtransaction of its transaction; more than 64 of those in one transaction slow"
            + " every snapshot on the server; SERIALIZABLE transactions may meet 40001 more often, and one that meets it in the trigger goes through, its row following a moment later");
    notNull();
    unique();
    if (!target.foreignKeys().isEmpty()) {
      notImplied("foreign keys " + String.join(", ", target.foreignKeys()));
    }
  }

  private void refuse(Table table) {
    if (!table.kind().equals("r") || table.partition()) {
      objections.refuse(
          RefusalCodes.LATER,
          table.name().toString(),
          "it has partitions, and sync: synchronous of partitioned tables comes later",
          "leave out sync: the target follows within a fraction of a second");
    }
  }

  private void notNull() {
    List<String> columns =
        target.columns().stream()
            .filter(Column::notNull)
            .filter(column -> !targetKey.contains(column.name()) && !alwaysThere(column.name()))
            .map(Column::name)
            .toList();
    if (!columns.isEmpty()) {
      notImplied("NOT NULL of " + String.join(", ", columns));
    }
  }

  private boolean alwaysThere(String column) {
    if (!move.columns().containsKey(column) && from(column).isEmpty()) {
      // Filled by its default, or by the server.
      return true;
    }
    return from(column).flatMap(source::column).filter(Column::notNull).isPresent();
  }

  private void unique() {
    for (UniqueIndex index : target.uniqueIndexes()) {
      if (!sameColumns(index.columns(), targetKey) && !implied(index)) {
        notImplied("unique index " + index.name());
      }
    }
  }

  private boolean implied(UniqueIndex index) {
    List<String> columns = new ArrayList<>();
    for (String column : index.columns()) {
      Optional<String> from = column.isEmpty() ? Optional.empty() : from(column);
      if (from.isEmpty()) {
        return false;
      }
      columns.add(from.get());
    }
    return source.uniqueIndexes().stream()
        .anyMatch(one -> !one.partial() && sameColumns(one.columns(), columns));
  }

  /** The column of the source that the target's is, and nothing else. */
  private Optional<String> from(String column) {
    String expression = move.columns().get(column);
    if (expression != null) {
      return PlainColumn.of(expression);
    }
    return move.ignore().contains(column)
        ? Optional.empty()
        : source.column(column).map(Column::name);
  }

  private void notImplied(String what) {
    objections.warn(
        "moves[%d]: %s of %s is not implied by %s; a write that breaks it goes through, and its row is"
                .formatted(number, what, target.name(), source.name())
            + " not in the target until it is mended");
  }

  private static boolean sameColumns(List<String> one, List<String> other) {
    Set<String> set = new HashSet<>(one);
    return set.equals(new HashSet<>(other));
  }
}
