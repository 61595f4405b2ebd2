package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the control schema says of one migration, read past Kedge's own code: which side is written,
 * how far the tails are, which captured keys were discarded.
 */
final class Control {
  private static final String WRITING =
      """
      SELECT count(*) FILTER (WHERE v.writing = ?), count(*)
      FROM kedge.move v
      JOIN kedge.migration m ON m.id = v.migration
      WHERE m.name = ?""";

  private static final String FLIPPED =
      """
      SELECT count(*) FILTER (WHERE v.following <> 'trailing'), count(*)
      FROM kedge.move v
      JOIN kedge.migration m ON m.id = v.migration
      WHERE m.name = ?""";

  private static final String SIDES =
      """
      SELECT format('move %s: writes %s, wanted %s, %s rounds, %s keys, last round %s ms, %s',
        v.move, v.writing, coalesce(v.wanted, 'nothing'), t.rounds, t.keys, t.round_millis,
        coalesce(v.blocked, 'nothing in the way'))
      FROM kedge.move v
      JOIN kedge.tail t ON t.migration = v.migration AND t.move = v.move
      JOIN kedge.migration m ON m.id = v.migration
      WHERE m.name = ?
      ORDER BY v.move""";

  private static final String BEHIND =
      """
      SELECT count(*)
      FROM kedge.tail t
      JOIN kedge.migration m ON m.id = t.migration
      WHERE m.name = ? AND m.ended_at IS NULL
        AND (t.applied IS NULL OR pg_snapshot_xmin(t.applied) < ?::xid8)""";

  private static final String RANGES =
      """
      SELECT m.id, r.move, r.range, (r.cursor)[1]::bigint AS cursor, (r.hi)[1]::bigint AS hi,
        r.applied::text AS applied, r.cursor IS NOT NULL AND r.cursor IS DISTINCT FROM r.lo AS begun
      FROM kedge.range r
      JOIN kedge.migration m ON m.id = r.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND r.state = 'open' AND r.applied IS NOT NULL""";

  // Captured after the range was begun, seen by a round since, and above the cursor even now: that
  // round has passed it over.
  private static final String DISCARDED =
      """
      SELECT n
      FROM %s
      WHERE k1 > ? AND k1 <= coalesce(?::bigint, 9223372036854775807)
        AND xid >= pg_snapshot_xmax(?::pg_snapshot) AND pg_visible_in_snapshot(xid, ?::pg_snapshot)""";

  private static final String BOUNDS =
      """
      SELECT DISTINCT (r.hi)[1]::bigint
      FROM kedge.range r
      JOIN kedge.migration m ON m.id = r.migration
      WHERE m.name = ? AND m.ended_at IS NULL AND r.hi IS NOT NULL AND EXISTS (
        SELECT FROM kedge.range o WHERE o.migration = r.migration AND o.state = 'open')
      ORDER BY 1""";

  private static final String TURNS =
      """
      SELECT ((SELECT coalesce(sum(turn), 0) FROM kedge.range)
        + (SELECT coalesce(sum(turn), 0) FROM kedge.tail))::bigint""";

  private static final String RANGE_TURNS =
      """
      SELECT coalesce(sum(r.turn), 0)::bigint
      FROM kedge.range r
      JOIN kedge.migration m ON m.id = r.migration
      WHERE m.name = ?""";

  private static final String THERE = "SELECT (to_regclass('kedge.range') IS NOT NULL)::int";

  private final Server server;
  private final String migration;
  private final Map<String, String> first = new HashMap<>();
  private final Set<String> counted = new HashSet<>();

  Control(Server server, String migration) {
    this.server = server;
    this.migration = migration;
  }

  private Connection connect() throws SQLException {
    return server.connect("control");
  }

  /** Whether every move is written on that side. */
  boolean allWrite(boolean newSide) throws SQLException {
    return all(WRITING, newSide ? "new" : "old", migration);
  }

  /** Whether triggers write every target in the application's own transactions. */
  boolean allFlipped() throws SQLException {
    return all(FLIPPED, migration);
  }

  private boolean all(String query, Object... binds) throws SQLException {
    try (Connection connection = connect()) {
      return Jdbc.list(
              connection,
              query,
              row -> row.getLong(1) == row.getLong(2) && row.getLong(2) > 0,
              binds)
          .get(0);
    }
  }

  /** What each move says of itself while its writing side is to change. */
  List<String> sides() throws SQLException {
    try (Connection connection = connect()) {
      return Jdbc.list(connection, SIDES, row -> row.getString(1), migration);
    }
  }

  /** The transaction id before which everything is decided once tails have passed it. */
  String now(Connection connection) throws SQLException {
    return Jdbc.list(
            connection,
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text",
            row -> row.getString(1))
        .get(0);
  }

  /** Tails that have not applied everything that was committed before that. */
  long behind(Connection connection, String xid) throws SQLException {
    return Jdbc.number(connection, BEHIND, migration, xid);
  }

  /** Bounds of the ranges while one is open; null otherwise. */
  long @Nullable [] bounds() throws SQLException {
    try (Connection connection = connect()) {
      if (Jdbc.number(connection, THERE) == 0) {
        return null;
      }
      long[] bounds =
          Jdbc.list(connection, BOUNDS, row -> row.getLong(1), migration).stream()
              .mapToLong(Long::longValue)
              .toArray();
      return bounds.length == 0 ? null : bounds;
    }
  }

  /** An open range whose work has begun. */
  private record Begun(
      long migration, int move, int range, long cursor, @Nullable Long hi, String applied) {
    String name() {
      return migration + "/" + move + "/" + range;
    }

    String log() {
      return "kedge.log_" + migration + "_" + move;
    }
  }

  /** Fenced transactions of ranges and tails so far. */
  long turns() throws SQLException {
    try (Connection connection = connect()) {
      return Jdbc.number(connection, THERE) == 0 ? 0 : Jdbc.number(connection, TURNS);
    }
  }

  /** Those of this migration's ranges: a backfill goes on as long as they grow. */
  long rangeTurns() {
    try (Connection connection = connect()) {
      return Jdbc.number(connection, THERE) == 0
          ? 0
          : Jdbc.number(connection, RANGE_TURNS, migration);
    } catch (SQLException e) {
      return 0;
    }
  }

  /** Keys that were discarded since the last time, as far as the log still has them. */
  long discarded() throws SQLException {
    try (Connection connection = connect()) {
      if (Jdbc.number(connection, THERE) == 0) {
        return 0;
      }
      long found = 0;
      for (Begun range : begun(connection)) {
        found += discarded(connection, range);
      }
      return found;
    }
  }

  private List<Begun> begun(Connection connection) throws SQLException {
    List<Begun> ranges = new ArrayList<>();
    Jdbc.list(
            connection,
            RANGES,
            row -> {
              Begun range =
                  new Begun(
                      row.getLong("id"),
                      row.getInt("move"),
                      row.getInt("range"),
                      row.getLong("cursor"),
                      (Long) row.getObject("hi"),
                      row.getString("applied"));
              return Map.entry(range, row.getBoolean("begun"));
            },
            migration)
        .forEach(
            range -> {
              first.putIfAbsent(range.getKey().name(), range.getKey().applied());
              if (range.getValue()) {
                ranges.add(range.getKey());
              }
            });
    return ranges;
  }

  private long discarded(Connection connection, Begun range) throws SQLException {
    String since = first.getOrDefault(range.name(), range.applied());
    if (since.equals(range.applied())
        || Jdbc.number(
                connection, "SELECT (to_regclass('%s') IS NOT NULL)::int".formatted(range.log()))
            == 0) {
      return 0;
    }
    return Jdbc.list(
            connection,
            DISCARDED.formatted(range.log()),
            row -> row.getLong(1),
            range.cursor(),
            range.hi(),
            since,
            range.applied())
        .stream()
        .filter(n -> counted.add(range.log() + "/" + n))
        .count();
  }
}
