package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tells of a clone as if it were the real table. */
final class Renamed {
  private Renamed() {}

  /**
   * The clone as the real table will be: its shape is the clone's, its rows, rights and neighbours
   * are the real one's, as far as it exists.
   */
  static Table as(TableName name, Table clone, Optional<Table> real, Scratch scratch) {
    return new Table(
        name,
        real.map(Table::kind).orElse(clone.kind()),
        real.map(Table::partition).orElse(clone.partition()),
        clone.columns().stream().map(column -> real(column, scratch)).toList(),
        clone.uniqueIndexes(),
        both(real.map(Table::triggers), clone.triggers(), scratch),
        both(real.map(Table::referencedBy), clone.referencedBy(), scratch),
        both(real.map(Table::foreignKeys), clone.foreignKeys(), scratch),
        real.map(Table::rowSecurity).orElse(clone.rowSecurity()),
        real.map(Table::estimatedRows).orElse(0L),
        real.map(Table::hasRows).orElse(false),
        real.map(Table::missingRights).orElse(List.of()));
  }

  private static Column real(Column column, Scratch scratch) {
    return new Catalog.Column(
        column.name(),
        scratch.real(column.type()),
        scratch.real(column.castType()),
        column.notNull(),
        column.hasDefault(),
        column.generated(),
        column.identity(),
        column.comparison());
  }

  private static List<String> both(
      Optional<List<String>> real, List<String> clone, Scratch scratch) {
    Set<String> all = new LinkedHashSet<>(real.orElse(List.of()));
    clone.forEach(text -> all.add(scratch.real(text)));
    return new ArrayList<>(all);
  }
}
