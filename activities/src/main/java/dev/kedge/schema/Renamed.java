package dev.kedge.schema;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Column;
import dev.kedge.plan.Catalog.Table;
import dev.kedge.plan.Reactions;
import dev.kedge.spec.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
        real.map(Table::missingRights).orElse(List.of()),
        reactions(real.map(Table::reactions), clone.reactions(), scratch),
        partitioning(real, clone, scratch));
  }

  /** Whether a trigger is enabled only the real one knows; which columns there are, the clone. */
  // The clone has only partitions that were named.
  private static Catalog.@Nullable Partitioning partitioning(
      Optional<Table> real, Table clone, Scratch scratch) {
    Catalog.Partitioning ours = clone.partitioning();
    Catalog.Partitioning theirs = real.map(Table::partitioning).orElse(null);
    if (ours == null || theirs == null) {
      return ours == null ? theirs : ours;
    }
    Set<String> columns = new TreeSet<>(theirs.columns());
    columns.addAll(ours.columns());
    Set<String> foreign = new TreeSet<>(theirs.foreign());
    ours.foreign().forEach(name -> foreign.add(scratch.real(name)));
    return new Catalog.Partitioning(
        List.copyOf(columns),
        List.copyOf(foreign),
        theirs.otherCollation() || ours.otherCollation());
  }

  private static Reactions reactions(Optional<Reactions> real, Reactions clone, Scratch scratch) {
    Reactions is = real.orElse(clone);
    return new Reactions(
        byName(is.triggers(), clone.triggers(), Reactions.Trigger::name),
        is.rules(),
        byName(clone.constraints(), is.constraints(), Reactions.Constraint::name).stream()
            .map(c -> new Reactions.Constraint(c.name(), c.columns(), scratch.real(c.definition())))
            .toList(),
        clone.indexes(),
        is.silenceable());
  }

  private static <T> List<T> byName(List<T> first, List<T> second, Function<T, String> name) {
    Map<String, T> all = new TreeMap<>();
    second.forEach(each -> all.put(name.apply(each), each));
    first.forEach(each -> all.put(name.apply(each), each));
    return List.copyOf(all.values());
  }

  private static Column real(Column column, Scratch scratch) {
    String sequence = column.sequence();
    return new Catalog.Column(
        column.name(),
        scratch.real(column.type()),
        scratch.real(column.castType()),
        column.notNull(),
        column.hasDefault(),
        column.generated(),
        column.identity(),
        column.comparison(),
        sequence == null ? null : scratch.real(sequence));
  }

  private static List<String> both(
      Optional<List<String>> real, List<String> clone, Scratch scratch) {
    Set<String> all = new LinkedHashSet<>(real.orElse(List.of()));
    clone.forEach(text -> all.add(scratch.real(text)));
    return new ArrayList<>(all);
  }
}
