package dev.kedge.schema;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Catalog;
import dev.kedge.plan.Quoting;
import dev.kedge.plan.Step.Destroyed;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps what a statement destroys in tables of schema kedge, proves that nothing is missing, and
 * records how to bring it back. Everything is fenced, and done once however often it is tried.
 */
final class Archivist {
  private static final int ROWS_A_CHUNK = 5_000;

  private final DdlRunner runner;
  private final Database database;
  private final Scope scope;
  private final String step;
  private final String prefix;

  /**
   * @param step the label of the step on whose behalf things are kept
   * @param prefix what names of its archives begin with
   */
  Archivist(DdlRunner runner, Database database, Scope scope, String step, String prefix) {
    this.runner = runner;
    this.database = database;
    this.scope = scope;
    this.step = step;
    this.prefix = prefix;
  }

  /** An archive in schema kedge, and how many rows it has. */
  record Archive(String name, long rows) {}

  /** Moves a table instead of dropping it, in the transaction of {@code sql}. */
  void moveTable(Sql sql, TableName table, String number, boolean bare) throws SQLException {
    if (sql.list(ArchiveSql.COLUMNS, row -> "", Quoting.table(table)).isEmpty()) {
      // A partition that has gone with its table.
      return;
    }
    String name = prefix + number;
    String restore = new TableArchive(sql, table, name).move(bare);
    record(sql, name, table, -1, restore);
  }

  /** Counts what was moved; nobody waits for it, so it may take its time. */
  void countMoved() throws SQLException {
    for (Archive archive : archives()) {
      if (archive.rows() < 0) {
        runner.run(
            database,
            scope,
            step + "/count/" + archive.name(),
            sql ->
                sql.update(ArchiveSql.COUNT.formatted(qualified(archive.name())), archive.name()));
      }
    }
  }

  /** Copies what goes: columns with the key of their rows, or a whole table. */
  void copy(Destroyed destroyed, String number) throws SQLException {
    String name = prefix + number;
    String label = step + "/archive/" + number;
    Shape shape = shape(destroyed);
    runner.run(
        database,
        scope,
        label,
        sql -> {
          for (String statement :
              ArchiveSql.create(qualified(name), shape.table(), shape.kept(), shape.key())) {
            sql.execute(statement);
          }
          return "";
        });
    if (!shape.key().isEmpty()) {
      fill(name, label + "/fill", shape);
    }
    runner.run(database, scope, label + "/prove", sql -> prove(sql, name, shape));
  }

  /** All archives of the step. */
  List<Archive> archives() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "archive"), this::archives);
  }

  /** Whether the archive of that number is complete. */
  boolean has(Sql sql, String number) throws SQLException {
    return archives(sql).stream().anyMatch(archive -> archive.name().equals(prefix + number));
  }

  private List<Archive> archives(Sql sql) throws SQLException {
    return sql.list(
        ArchiveSql.RECORDED,
        row -> new Archive(row.getString("name"), row.getLong("rows")),
        scope.migration(),
        prefix);
  }

  /**
   * What is copied of a table.
   *
   * @param kept key and values, in that order
   * @param key the columns of a key; empty when the table has none
   * @param types types of the key's columns
   * @param values what is destroyed
   */
  private record Shape(
      TableName table,
      List<String> kept,
      List<String> key,
      List<String> types,
      List<Catalog.Column> values,
      boolean whole) {}

  private Shape shape(Destroyed destroyed) throws SQLException {
    Catalog.Table table =
        database
            .inTransaction(
                Transaction.readCommitted(scope.migration(), "archive"),
                sql -> new TableReader(sql).read(destroyed.table(), Set.of()))
            .orElseThrow(
                () ->
                    Failures.catalogDiffers(
                        "%s is gone before it was archived\nhelp: look who dropped it; kedge retry goes on once it is back"
                            .formatted(destroyed.table())));
    List<String> key =
        table.uniqueIndexes().stream()
            .filter(Catalog.UniqueIndex::usable)
            .findFirst()
            .map(Catalog.UniqueIndex::columns)
            .orElse(List.of());
    boolean whole = destroyed.columns().isEmpty() || key.isEmpty();
    Set<String> kept = new LinkedHashSet<>(key);
    table.columns().stream()
        .map(Catalog.Column::name)
        .filter(column -> whole || destroyed.columns().contains(column))
        .forEach(kept::add);
    List<String> types =
        key.stream().map(column -> table.column(column).orElseThrow().type()).toList();
    List<Catalog.Column> values =
        table.columns().stream()
            .filter(column -> kept.contains(column.name()) && !key.contains(column.name()))
            .toList();
    return new Shape(destroyed.table(), List.copyOf(kept), key, types, values, whole);
  }

  private void fill(String name, String label, Shape shape) throws SQLException {
    Pulse pulse = Pulse.ofActivity();
    long kept = 0;
    long rows;
    do {
      rows =
          database.inTransaction(
              Transaction.readCommitted(scope.migration(), "archive").relaxed(),
              sql -> fillOnce(sql, name, label, shape));
      kept += rows;
      pulse.beat(label + ": " + kept + " rows kept");
    } while (rows == ROWS_A_CHUNK);
  }

  private long fillOnce(Sql sql, String name, String label, Shape shape) throws SQLException {
    StepFence.take(sql, scope, label);
    String archive = qualified(name);
    Optional<List<String>> last =
        sql.first(
            ArchiveSql.last(archive, shape.key()),
            row -> {
              List<String> key = new ArrayList<>();
              for (int i = 0; i < shape.key().size(); i++) {
                key.add(row.getString("k" + i));
              }
              return key;
            });
    List<String> types = last.isEmpty() ? List.of() : shape.types();
    return sql.update(
        ArchiveSql.fill(archive, shape.table(), shape.kept(), shape.key(), types, ROWS_A_CHUNK),
        last.map(List::toArray).orElseGet(() -> new Object[0]));
  }

  private boolean prove(Sql sql, String name, Shape shape) throws SQLException {
    if (shape.key().isEmpty()) {
      sql.update(
          "INSERT INTO %s SELECT %s FROM %s"
              .formatted(
                  qualified(name), Quoting.list(shape.kept()), Quoting.table(shape.table())));
      long rows = sql.one("SELECT count(*) AS n FROM " + qualified(name), row -> row.getLong("n"));
      record(sql, name, shape.table(), rows, restore(name, shape));
      return true;
    }
    long[] counts =
        sql.one(
            shape.values().isEmpty() ? proveKeys(name, shape) : proveRows(name, shape),
            row -> new long[] {row.getLong("rows"), row.getLong("kept")});
    if (counts[0] != counts[1]) {
      throw Failures.catalogDiffers(
          "%s has %d rows, its archive kedge.%s has %d; nothing was dropped\nhelp: kedge retry %s compares again"
              .formatted(shape.table(), counts[0], name, counts[1], scope.migration()));
    }
    record(sql, name, shape.table(), counts[1], restore(name, shape));
    return true;
  }

  private static String proveRows(String name, Shape shape) {
    return ArchiveSql.prove(
        qualified(name),
        shape.table(),
        shape.kept(),
        shape.key(),
        shape.values().stream().map(Catalog.Column::name).toList());
  }

  /** When the key is all there is, it cannot have changed. */
  private static String proveKeys(String name, Shape shape) {
    return ArchiveSql.prove(qualified(name), shape.table(), shape.kept(), shape.key(), shape.key());
  }

  private void record(Sql sql, String name, TableName table, long rows, String restore)
      throws SQLException {
    sql.update(ArchiveSql.RECORD, name, table.toString(), rows, restore, scope.migration());
  }

  private static String restore(String name, Shape shape) {
    String table = Quoting.table(shape.table());
    String archive = qualified(name);
    if (shape.whole()) {
      return "INSERT INTO %s (%s) SELECT %s FROM %s"
          .formatted(table, Quoting.list(shape.kept()), Quoting.list(shape.kept()), archive);
    }
    String columns =
        shape.values().stream()
            .map(column -> "ADD COLUMN " + Quoting.name(column.name()) + " " + column.type())
            .collect(Collectors.joining(", "));
    String set =
        shape.values().stream()
            .map(column -> Quoting.name(column.name()) + " = a." + Quoting.name(column.name()))
            .collect(Collectors.joining(", "));
    String same =
        shape.key().stream()
            .map(column -> "t." + Quoting.name(column) + " = a." + Quoting.name(column))
            .collect(Collectors.joining(" AND "));
    return "ALTER TABLE %s %s;\nUPDATE %s t SET %s FROM %s a WHERE %s"
        .formatted(table, columns, table, set, archive, same);
  }

  private static String qualified(String name) {
    return "kedge." + Quoting.name(name);
  }
}
