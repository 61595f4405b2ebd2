package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps a whole table by moving it into schema kedge instead of dropping it: nothing is copied, and
 * what moves is what was there. It lets go of all that a drop would have let go of, so that other
 * tables, functions and names are as free as if it were gone.
 */
final class TableArchive {
  private final Sql sql;
  private final TableName table;
  private final String name;
  private final List<String> restore = new ArrayList<>();

  TableArchive(Sql sql, TableName table, String name) {
    this.sql = sql;
    this.table = table;
    this.name = name;
  }

  /** A thing of the table: its name, and how it is made again. */
  private record Part(String name, String definition) {}

  /**
   * Moves the table; to be called in the transaction that would have dropped it. Returns the
   * statements that bring it back.
   *
   * @param bare whether it also lets go of defaults, checks and types that are not PostgreSQL's
   *     own, because what made them is being taken back too
   */
  String move(boolean bare) throws SQLException {
    List<Part> parents = parts(ArchiveSql.PARTITION_OF);
    for (Part parent : parents) {
      sql.execute(
          "ALTER TABLE %s DETACH PARTITION %s".formatted(parent.name(), Quoting.table(table)));
    }
    moveAll(bare);
    for (Part parent : parents) {
      restore.add(
          "ALTER TABLE %s ATTACH PARTITION %s %s"
              .formatted(parent.name(), Quoting.table(table), parent.definition()));
    }
    return String.join(";\n", restore);
  }

  // Partitions go along, as they would with a drop.
  private void moveAll(boolean bare) throws SQLException {
    List<Part> partitions = parts(ArchiveSql.PARTITIONS);
    moveOne(bare);
    for (int i = 0; i < partitions.size(); i++) {
      Part partition = partitions.get(i);
      TableArchive of =
          new TableArchive(
              sql, new TableName(partition.name(), partition.definition()), name + "_p" + (i + 1));
      of.moveAll(bare);
      restore.addAll(of.restore);
    }
  }

  private void moveOne(boolean bare) throws SQLException {
    String qualified = Quoting.table(table);
    restore.add(
        "ALTER TABLE kedge.%s SET SCHEMA %s"
            .formatted(Quoting.name(name), Quoting.name(table.schema())));
    restore.add(
        "ALTER TABLE %s.%s RENAME TO %s"
            .formatted(
                Quoting.name(table.schema()), Quoting.name(name), Quoting.name(table.name())));
    dropConstraints(ArchiveSql.FOREIGN_KEYS);
    for (Part trigger : parts(ArchiveSql.TRIGGERS)) {
      sql.execute("DROP TRIGGER " + Quoting.name(trigger.name()) + " ON " + qualified);
      restore.add(trigger.definition());
    }
    if (bare) {
      strip(qualified);
    }
    rename("INDEX", ArchiveSql.INDEXES, "i");
    rename("SEQUENCE", ArchiveSql.SEQUENCES, "s");
    sql.execute("ALTER TABLE " + qualified + " RENAME TO " + Quoting.name(name));
    sql.execute(
        "ALTER TABLE %s.%s SET SCHEMA kedge"
            .formatted(Quoting.name(table.schema()), Quoting.name(name)));
  }

  private void strip(String qualified) throws SQLException {
    for (Part column : parts(ArchiveSql.DEFAULTS)) {
      sql.execute(
          "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT"
              .formatted(qualified, Quoting.name(column.name())));
    }
    dropConstraints(ArchiveSql.CHECKS);
    for (Part column : parts(ArchiveSql.FOREIGN_TYPES)) {
      String quoted = Quoting.name(column.name());
      sql.execute(
          "ALTER TABLE %s ALTER COLUMN %s TYPE text USING %s::text"
              .formatted(qualified, quoted, quoted));
    }
  }

  private void dropConstraints(String query) throws SQLException {
    for (Part constraint : parts(query)) {
      String quoted = Quoting.name(constraint.name());
      sql.execute("ALTER TABLE %s DROP CONSTRAINT %s".formatted(Quoting.table(table), quoted));
      restore.add(
          "ALTER TABLE %s ADD CONSTRAINT %s %s"
              .formatted(Quoting.table(table), quoted, constraint.definition()));
    }
  }

  /** Names of indexes and sequences are free again, and never meet in schema kedge. */
  private void rename(String kind, String query, String letter) throws SQLException {
    int number = 0;
    for (Part part : parts(query)) {
      number++;
      String other = Quoting.name(name + "_" + letter + number);
      sql.execute("ALTER %s %s RENAME TO %s".formatted(kind, part.name(), other));
      restore.add(
          "ALTER %s %s.%s RENAME TO %s"
              .formatted(
                  kind, Quoting.name(table.schema()), other, Quoting.name(part.definition())));
    }
  }

  private List<Part> parts(String query) throws SQLException {
    return sql.list(
        query,
        row -> new Part(row.getString("name"), row.getString("definition")),
        Quoting.table(table));
  }
}
