package dev.kedge.plan;

import dev.kedge.plan.Catalog.Table;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.Sync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resolves one move against the catalog. */
final class MoveResolver {
  /** A chunk in place holds row locks that the application may wait for. */
  private static final Duration LONGEST_IN_PLACE = Duration.ofMillis(50);

  private final Spec spec;
  private final Catalog catalog;
  private final int number;
  private final Objections objections;
  private final TableCheck tables;
  private final PartitionCheck partitions;

  MoveResolver(Spec spec, Catalog catalog, int number, Objections objections) {
    this.spec = spec;
    this.catalog = catalog;
    this.number = number;
    this.objections = objections;
    this.tables = new TableCheck(catalog, objections);
    this.partitions = new PartitionCheck(catalog, objections);
  }

  /** The move with all the engine needs; empty and refused when it cannot be made. */
  Optional<MovePlan> resolve(Move move) {
    Optional<Table> source = tables.source(move.from());
    Optional<Table> target = tables.target(move.to());
    if (source.isEmpty() || target.isEmpty()) {
      return Optional.empty();
    }
    if (!move.joins().stream().allMatch(join -> tables.source(join.table()).isPresent())) {
      return Optional.empty();
    }
    if (!partitions.fits(move, source.get(), target.get())) {
      return Optional.empty();
    }
    ExpressionCheck expressions = new ExpressionCheck(move, number, catalog, objections);
    expressions.check();
    CompareCheck compare = new CompareCheck(move, number, expressions, objections);
    // Expand may have added to the source, too.
    Table grown = Catalog.find(catalog.after(), move.from()).orElse(source.get());
    return move.inPlace()
        ? inPlace(move, target.get(), compare)
        : copy(move, grown, target.get(), compare);
  }

  /** A copy whose rows no key finds again: it can only be compared, and its key is empty. */
  Optional<MovePlan> withoutKey(Move move) {
    Optional<Table> source = tables.source(move.from());
    Optional<Table> target = tables.target(move.to());
    if (source.isEmpty() || target.isEmpty()) {
      return Optional.empty();
    }
    ExpressionCheck expressions = new ExpressionCheck(move, number, catalog, objections);
    expressions.check();
    CompareCheck compare = new CompareCheck(move, number, expressions, objections);
    List<ProjectedColumn> columns =
        new CopyProjection(
                source.get(),
                target.get(),
                List.of(),
                move.columns(),
                move.ignore(),
                compare.of(target.get(), List.of(), true))
            .resolve(tables, objections);
    compare.finish(target.get(), List.of(), tables);
    compare.requireSome(columns, List.of());
    String owns = Ownership.of(number, spec.moves(), List.of(), columns);
    return Optional.of(
        plan(move, MovePlan.Kind.COPY, List.of(), columns, List.of(), source.get())
            .withMerge(owns, List.of()));
  }

  private Optional<MovePlan> inPlace(Move move, Table table, CompareCheck compare) {
    Optional<List<KeyColumn>> key = new KeyResolver(move, table, table, objections).resolve();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    List<String> names = key.get().stream().map(KeyColumn::source).toList();
    new ScrutinyCheck(move, number, objections).check(table, key.get());
    InPlaceProjection projection =
        new InPlaceProjection(table, names, compare.of(table, names, true), tables, objections);
    List<ProjectedColumn> columns = projection.of(move.columns());
    List<ProjectedColumn> reverse = projection.of(move.reverse());
    compare.finish(table, names, tables);
    compare.requireSome(columns, names);
    compare.requireSome(reverse, names);
    columns.forEach(column -> refuseUnique(table, column));
    warnOfOverwriting(move);
    warnOfLoss(move);
    boolean quiet =
        new InPlaceReactions(
                move, table, Catalog.find(catalog.before(), move.to()), catalog.role(), objections)
            .check();
    return Optional.of(
        plan(move, MovePlan.Kind.IN_PLACE, key.get(), columns, reverse, table).withQuiet(quiet));
  }

  private Optional<MovePlan> copy(Move move, Table main, Table target, CompareCheck compare) {
    checkTarget(move, target);
    Optional<JoinedRow> row =
        move.joins().isEmpty()
            ? Optional.of(new JoinedRow(main, List.of()))
            : JoinedRow.of(move, main, catalog.after(), objections);
    Table source = row.map(JoinedRow::table).orElse(main);
    List<String> constants = Ownership.constants(number, move.columns(), catalog);
    KeyResolver keys = new KeyResolver(move, source, target, constants, objections);
    Optional<List<KeyColumn>> key = keys.resolve();
    if (row.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    new ScrutinyCheck(move, number, objections).check(source, key.get());
    partitions.refuseBeside(target, keys.beside());
    checkIgnored(move, source, target);
    List<String> targetKey = new ArrayList<>(keys.beside());
    key.get().forEach(column -> targetKey.add(column.target()));
    if (move.sync() == Sync.SYNCHRONOUS) {
      new SynchronousCheck(move, number, source, target, targetKey, objections)
          .check(keys.beside());
    }
    List<ProjectedColumn> columns =
        new CopyProjection(
                source,
                target,
                targetKey,
                move.columns(),
                move.ignore(),
                compare.of(target, targetKey, true))
            .resolve(tables, objections);
    new ScrutinyCheck(move, number, objections).checkGroups(target, columns);
    boolean shared =
        spec.moves().stream().filter(other -> other.to().equals(move.to())).count() > 1;
    new Generators(source, target, objections).check(columns, shared);
    List<ProjectedColumn> reverse =
        move.follows() ? reverse(move, source, target, key.get(), compare) : List.of();
    compare.finish(target, targetKey, tables);
    compare.requireSome(columns, targetKey);
    compare.requireSome(reverse, key.get().stream().map(KeyColumn::source).toList());
    String owns = Ownership.of(number, spec.moves(), keys.beside(), columns);
    if (owns != null) {
      checkOwner(move, columns);
    }
    return Optional.of(
        plan(move, MovePlan.Kind.COPY, key.get(), columns, reverse, main)
            .withMerge(owns, row.get().joins())
            .withSync(move.sync()));
  }

  /** Whose a row is must be known before it is written; and the way back is not. */
  private void checkOwner(Move move, List<ProjectedColumn> columns) {
    for (Move filler : spec.moves()) {
      int other = spec.moves().indexOf(filler) + 1;
      List<String> unwritten =
          filler.to().equals(move.to())
              ? ExpressionCheck.reads(catalog, other, ExpressionCheck.OWNS).stream()
                  .filter(name -> columns.stream().noneMatch(c -> c.column().equals(name)))
                  .toList()
              : List.of();
      if (!unwritten.isEmpty()) {
        objections.refuse(
            RefusalCodes.OWNS,
            "moves[" + other + "].owns",
            "it reads %s, which move %d does not write"
                .formatted(String.join(", ", unwritten), number),
            "name it in columns of move " + number + ", or tell rows apart by another column");
      }
    }
    if (move.follows()) {
      objections.refuse(
          RefusalCodes.LATER,
          "moves[" + number + "]",
          "reverse of a move that owns a part of its target: a row that is nobody's would be lost"
              + " on the way back; this comes later",
          "leave reverse out");
    }
  }

  private List<ProjectedColumn> reverse(
      Move move, Table source, Table target, List<KeyColumn> key, CompareCheck compare) {
    if (move.where() != null) {
      objections.refuse(
          RefusalCodes.LATER,
          "moves[" + number + "]",
          "where together with reverse: this comes later",
          "leave out one of the two");
    }
    if (!source.referencedBy().isEmpty()) {
      objections.refuse(
          RefusalCodes.REFERENCED,
          source.name().toString(),
          "the old side is to follow, and foreign keys point at it: "
              + String.join(", ", source.referencedBy()),
          "leave out reverse, or move the foreign keys first");
    }
    warnOfTriggers(source, "fire when the old side follows");
    warnOfLoss(move);
    List<String> sourceKey = key.stream().map(KeyColumn::source).toList();
    return new CopyProjection(
            target,
            source,
            sourceKey,
            wayBack(move, key),
            move.ignore(),
            compare.of(source, sourceKey, false))
        .resolve(tables, objections);
  }

  /** The spec's reverse, and the key: always as it came. */
  private Map<String, String> wayBack(Move move, List<KeyColumn> key) {
    Map<String, String> expressions = new LinkedHashMap<>(move.reverse());
    for (KeyColumn column : key) {
      String given = expressions.get(column.source());
      if (given == null) {
        expressions.put(column.source(), Quoting.name(column.target()));
      } else if (!PlainColumn.of(given).equals(Optional.of(column.target()))) {
        objections.refuse(
            RefusalCodes.TARGET_KEY,
            "moves[" + number + "].reverse." + column.source(),
            "it is part of the key, and must come back from " + column.target() + " as it is",
            "write " + column.source() + ": " + Quoting.readable(column.target()));
      }
    }
    return expressions;
  }

  private void checkTarget(Move move, Table target) {
    String name = target.name().toString();
    if (Catalog.find(catalog.before(), move.to()).map(Table::hasRows).orElse(false)) {
      objections.refuse(
          RefusalCodes.ROWS_IN_TARGET,
          name,
          "it has rows already, which no row of " + move.from() + " stands for",
          "copy into an empty table: empty this one, or create another in expand");
    }
    List<String> references = new References(spec, catalog).inTheWay(target);
    if (!references.isEmpty()) {
      objections.refuse(
          RefusalCodes.REFERENCED,
          name,
          "foreign keys point at it that a copy cannot keep: " + String.join(", ", references),
          "create them in contract; NO ACTION from a table that expand creates and no move fills"
              + " may stay");
    }
    if (!target.triggers().isEmpty()) {
      objections.refuse(
          RefusalCodes.TRIGGERS,
          name,
          "its triggers would fire for rows that are copied: "
              + String.join(", ", target.triggers()),
          "create the triggers in contract");
    }
    if (!target.foreignKeys().isEmpty()) {
      objections.warn(
          name
              + " has foreign keys that "
              + move.from()
              + " may not imply; a row that breaks one stops the copy: "
              + String.join(", ", target.foreignKeys()));
    }
  }

  private void checkIgnored(Move move, Table source, Table target) {
    for (String column : move.ignore()) {
      if (source.column(column).isEmpty()) {
        tables.missingColumn(source, column);
      } else if (target.column(column).isEmpty()) {
        objections.warn(
            "moves[%d].ignore names %s, which %s does not have"
                .formatted(number, column, target.name()));
      }
    }
  }

  /** Our trigger fills the column inside the application's write, which must not fail for it. */
  private void refuseUnique(Table table, ProjectedColumn column) {
    if (column.unique()) {
      objections.refuse(
          RefusalCodes.UNIQUE,
          table.name() + "." + column.column(),
          "a unique index has it, so a value that two rows come to would fail a write of the"
              + " application that never named it",
          "leave the unique index out of expand, and create it in contract");
    }
  }

  private void warnOfOverwriting(Move move) {
    List<String> old = new ArrayList<>();
    Catalog.find(catalog.before(), move.to())
        .ifPresent(
            table ->
                move.columns().keySet().stream()
                    .filter(column -> table.column(column).isPresent())
                    .forEach(old::add));
    if (!old.isEmpty()) {
      objections.warn(
          "%s has %s already: their values are overwritten, and a rollback does not bring them back"
              .formatted(move.to(), String.join(", ", old)));
    }
  }

  private void warnOfTriggers(Table table, String when) {
    if (!table.triggers().isEmpty()) {
      objections.warn(
          "triggers of %s %s: %s"
              .formatted(table.name(), when, String.join(", ", table.triggers())));
    }
  }

  /** What a map forgets, the way back cannot know; nobody but the owner knows which maps do. */
  private void warnOfLoss(Move move) {
    List<String> computed = new ArrayList<>();
    move.columns()
        .forEach(
            (column, sql) -> {
              if (PlainColumn.of(sql).isEmpty()) {
                computed.add(column + " = " + sql);
              }
            });
    boolean comesBack = move.inPlace() ? !move.reverse().isEmpty() : move.follows();
    if (comesBack && !computed.isEmpty()) {
      objections.warn(
          "moves[%d]: from writes on, the old side holds what reverse makes of the new one; what %s"
                  .formatted(number, String.join(", ", computed))
              + " forgets does not come back");
    }
  }

  private MovePlan plan(
      Move move,
      MovePlan.Kind kind,
      List<KeyColumn> key,
      List<ProjectedColumn> columns,
      List<ProjectedColumn> reverse,
      Table source) {
    Duration chunk = spec.backfill().chunk();
    boolean tooLong = kind == MovePlan.Kind.IN_PLACE && chunk.compareTo(LONGEST_IN_PLACE) > 0;
    return new MovePlan(
            number,
            kind,
            move.from(),
            move.to(),
            key,
            columns,
            move.where(),
            reverse,
            spec.backfill().lanes(),
            tooLong ? LONGEST_IN_PLACE : chunk,
            Catalog.find(catalog.before(), move.from())
                .map(Table::estimatedRows)
                .orElse(source.estimatedRows()))
        .withQuarantine(spec.backfill().quarantines());
  }
}
