package dev.kedge.invariant;

import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.postgresql.PGResultSetMetaData;

/**
 * What one run of an invariant's query saw.
 *
 * @param rows how many rows offend, at most one more than are counted
 * @param keys the first of them, where the result has the key of a move; never another value
 * @param read the tables it read, of partitions the table they belong to
 * @param replaced whether one of them was emptied or rewritten since its snapshot, so that it
 *     looked empty
 */
record Seen(long rows, List<String> keys, Set<Long> read, boolean replaced) {
  private static final int MOST_KEYS = 20;

  // What the transaction read it has locked. The catalog's row is as old as the snapshot, the
  // function's answer is of now.
  private static final String READ =
      """
      SELECT coalesce(pg_partition_root(c.oid)::oid, c.oid)::bigint AS root,
        coalesce(c.relfilenode <> 0 AND c.relfilenode <> pg_relation_filenode(c.oid), false)
          AS replaced
      FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_class c ON c.oid = l.relation
      WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm')
        AND l.database = (
          SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())""";

  /** Reads a result to its end, or for as long as it may take. */
  static Seen of(ResultSet result, Sql sql, List<MovePlan> moves, long until) throws SQLException {
    List<Integer> key = keyColumns(result.getMetaData(), moves);
    List<String> keys = new ArrayList<>();
    long rows = 0;
    while (result.next()) {
      rows++;
      if (!key.isEmpty() && keys.size() < MOST_KEYS) {
        keys.add(key(result, key));
      }
      if (System.nanoTime() - until > 0) {
        throw new SQLException("the rows came too slowly", "57014");
      }
    }
    boolean[] replaced = {false};
    Set<Long> read = new LinkedHashSet<>();
    sql.list(
        READ,
        row -> {
          replaced[0] |= row.getBoolean("replaced");
          return read.add(row.getLong("root"));
        });
    return new Seen(rows, List.copyOf(keys), Set.copyOf(read), replaced[0]);
  }

  /** One more than is counted says that there are more. */
  static int mostRows() {
    return Math.toIntExact(InvariantResult.MOST_ROWS + 1);
  }

  private static String key(ResultSet result, List<Integer> columns) throws SQLException {
    List<String> parts = new ArrayList<>();
    for (int column : columns) {
      parts.add(String.valueOf(result.getString(column)));
    }
    return String.join(",", parts);
  }

  // By where a column comes from, not by what it is called: another value may be called id.
  private static List<Integer> keyColumns(ResultSetMetaData result, List<MovePlan> moves)
      throws SQLException {
    PGResultSetMetaData origin = (PGResultSetMetaData) result;
    for (MovePlan move : moves) {
      Optional<List<Integer>> found =
          places(
              result, origin, move.source(), move.key().stream().map(KeyColumn::source).toList());
      if (found.isEmpty()) {
        found =
            places(
                result, origin, move.target(), move.key().stream().map(KeyColumn::target).toList());
      }
      if (found.isPresent()) {
        return found.get();
      }
    }
    return List.of();
  }

  private static Optional<List<Integer>> places(
      ResultSetMetaData result, PGResultSetMetaData origin, TableName table, List<String> names)
      throws SQLException {
    List<Integer> places = new ArrayList<>();
    for (String name : names) {
      for (int i = 1; i <= result.getColumnCount(); i++) {
        if (origin.getBaseColumnName(i).equals(name)
            && origin.getBaseTableName(i).equals(table.name())
            && origin.getBaseSchemaName(i).equals(table.schema())) {
          places.add(i);
          break;
        }
      }
    }
    return places.size() == names.size() ? Optional.of(places) : Optional.empty();
  }
}
