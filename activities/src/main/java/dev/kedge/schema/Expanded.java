package dev.kedge.schema;

import dev.kedge.activity.Scope;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The targets as the statements of {@code expand} left them: columns, constraints, indexes. */
public final class Expanded {
  private Expanded() {}

  /**
   * How a table differs from that, a line each.
   *
   * @param gone what it had and has not, or not so, any more
   * @param added what it had not
   */
  public record Difference(List<String> gone, List<String> added) {
    public Difference {
      gone = List.copyOf(gone);
      added = List.copyOf(added);
    }

    /** Whether nothing is gone or changed, and nothing came that could refuse a write. */
    public boolean holds() {
      return gone.isEmpty() && added.stream().noneMatch(line -> line.startsWith("constraint|"));
    }
  }

  /** Notes all targets as they are now, unless something is captured already. */
  static void note(Database database, Scope scope) throws SQLException {
    record Target(long migration, TableName table) {}
    database.inTransaction(
        Transaction.readCommitted(scope.migration(), "ddl"),
        sql -> {
          List<Target> targets =
              sql.list(
                  ExpandedSql.TARGETS,
                  row ->
                      new Target(
                          row.getLong("id"),
                          new TableName(row.getString("schema"), row.getString("name"))),
                  scope.migration(),
                  scope.epoch());
          for (Target target : targets) {
            List<String> structure = new TableReader(sql).structure(target.table());
            if (!structure.isEmpty()) {
              sql.update(
                  ExpandedSql.NOTE,
                  target.migration(),
                  Quoting.readable(target.table()),
                  structure);
            }
          }
          return "";
        });
  }

  /** How the table differs; empty when it was not noted, since no statement made or changed it. */
  public static Optional<Difference> difference(Sql sql, long migration, TableName table)
      throws SQLException {
    Optional<List<String>> noted =
        sql.first(
            ExpandedSql.NOTED,
            row -> Objects.requireNonNull(Sql.texts(row, "structure")),
            migration,
            Quoting.readable(table));
    if (noted.isEmpty()) {
      return Optional.empty();
    }
    List<String> now = new TableReader(sql).structure(table);
    return Optional.of(new Difference(without(noted.get(), now), without(now, noted.get())));
  }

  private static List<String> without(List<String> lines, List<String> others) {
    List<String> left = new ArrayList<>(lines);
    left.removeAll(others);
    return left.stream().sorted().toList();
  }
}
