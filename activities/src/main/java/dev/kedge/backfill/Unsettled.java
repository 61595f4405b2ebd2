package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a move with which its side must not change: those in quarantine, and those that could not
 * be compared when somebody looked last. Nobody knows what becomes of either on the other side.
 */
public final class Unsettled {
  private static final String LOOK =
      """
      SELECT q.rows AS quarantined, q.keys AS quarantined_keys,
        f.rows AS not_comparable, f.keys AS not_comparable_keys
      FROM (
        SELECT count(*) AS rows,
          array_to_string((array_agg(array_to_string(key, ',') ORDER BY key))[1:5], '; ') AS keys
        FROM kedge.quarantine
        WHERE migration = ? AND move = ?
      ) q
      CROSS JOIN (
        SELECT count(*) AS rows,
          array_to_string((array_agg(array_to_string(key, ',') ORDER BY key))[1:5], '; ') AS keys
        FROM kedge.finding
        WHERE migration = ? AND move = ? AND kind = 'notComparable' AND closed_at IS NULL
      ) f""";

  private Unsettled() {}

  /** What keeps the move's new side from being written, in words; empty when nothing does. */
  public static Optional<String> forward(Sql sql, MoveScope request, long migration)
      throws SQLException {
    return look(sql, request, migration, true);
  }

  /** The same of the way back: findings are of the way here, and nobody compares any more. */
  public static Optional<String> back(Sql sql, MoveScope request, long migration)
      throws SQLException {
    return look(sql, request, migration, false);
  }

  private static Optional<String> look(
      Sql sql, MoveScope request, long migration, boolean comparable) throws SQLException {
    int move = request.move().number();
    return sql.one(LOOK, row -> words(row, request, comparable), migration, move, migration, move);
  }

  private static Optional<String> words(ResultSet row, MoveScope request, boolean comparable)
      throws SQLException {
    List<String> parts = new ArrayList<>();
    add(
        parts,
        row.getLong("quarantined"),
        row.getString("quarantined_keys"),
        "in kedge.quarantine: mend them");
    if (comparable) {
      add(
          parts,
          row.getLong("not_comparable"),
          row.getString("not_comparable_keys"),
          "that could not be compared: mend them, and kedge verify %s compares them again"
              .formatted(request.scope().migration()));
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join("; ", parts) + " (" + request.move().source() + ")");
  }

  private static void add(List<String> parts, long rows, @Nullable String keys, String where) {
    if (rows > 0) {
      parts.add(
          "%d %s (key %s%s) %s"
              .formatted(rows, rows == 1 ? "row" : "rows", keys, rows > 5 ? "; …" : "", where));
    }
  }
}
