package dev.kedge.synchronous;

import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Keys that could not be brought over, remembered in the control schema with the reason's SQLSTATE,
 * and listed as findings. All calls are in the caller's transaction, under the tail's fence.
 */
public final class Stragglers {
  // Whoever broke a row may mend it elsewhere, where nothing is captured.
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private static final String DUE =
      """
      SELECT key
      FROM kedge.straggler
      WHERE migration = ? AND move = ? AND at < clock_timestamp() - ? * interval '1 millisecond'
      ORDER BY at
      LIMIT 1000""";

  private static final String COUNT =
      "SELECT count(*) AS keys FROM kedge.straggler WHERE migration = ? AND move = ?";

  private static final String NOTE =
      """
      INSERT INTO kedge.straggler AS s (migration, move, key, sqlstate)
      VALUES (?, ?, ?::text[], ?)
      ON CONFLICT (migration, move, key) DO UPDATE
      SET sqlstate = EXCLUDED.sqlstate, times = s.times + 1, at = clock_timestamp()""";

  private static final String FIND =
      """
      INSERT INTO kedge.finding AS f (migration, move, key, kind)
      VALUES (?, ?, ?::text[], ?)
      ON CONFLICT (migration, move, key) DO UPDATE
      SET kind = EXCLUDED.kind, repaired = false, closed_at = NULL,
        times = f.times + CASE WHEN f.closed_at IS NULL THEN 0 ELSE 1 END,
        found_at = CASE WHEN f.closed_at IS NULL THEN f.found_at ELSE now() END""";

  private static final String FORGET =
      "DELETE FROM kedge.straggler WHERE migration = ? AND move = ? AND key = ?::text[]";

  private static final String CLOSE =
      """
      UPDATE kedge.finding
      SET closed_at = now(), repaired = true
      WHERE migration = ? AND move = ? AND key = ?::text[] AND closed_at IS NULL""";

  private final long migration;
  private final int move;

  public Stragglers(long migration, int move) {
    this.migration = migration;
    this.move = move;
  }

  /** Those that are to be looked at again. */
  List<List<String>> due(Sql sql) throws SQLException {
    return keys(sql, AGAIN.toMillis());
  }

  /** All of them, a thousand at most. */
  public List<List<String>> all(Sql sql) throws SQLException {
    return keys(sql, -1);
  }

  public long count(Sql sql) throws SQLException {
    return sql.one(COUNT, row -> row.getLong("keys"), migration, move);
  }

  /**
   * Remembers one, and lists it.
   *
   * @param kind of the finding: {@code different}, or {@code notComparable} when nothing can be
   *     projected
   */
  void note(Sql sql, List<String> key, String kind, String sqlstate) throws SQLException {
    sql.update(NOTE, migration, move, key, sqlstate);
    sql.update(FIND, migration, move, key, kind);
  }

  /** It agrees: forgets it, and closes what was found. */
  void forget(Sql sql, List<String> key) throws SQLException {
    if (sql.update(FORGET, migration, move, key) > 0) {
      sql.update(CLOSE, migration, move, key);
    }
  }

  private List<List<String>> keys(Sql sql, long olderMillis) throws SQLException {
    return sql.list(
        DUE, row -> Objects.requireNonNull(Sql.texts(row, "key")), migration, move, olderMillis);
  }
}
