package dev.kedge.invariant;

import dev.kedge.capture.KeyLog;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How far the sides of all moves are, as one snapshot sees them.
 *
 * @param snapshot its exported name
 */
record Sides(String snapshot, List<Side> moves) {
  /**
   * The two sides of a move.
   *
   * @param source the table's oid; 0 before capture
   * @param forward whether the old side is written
   * @param filled whether every row was copied
   * @param follows whether the side that is not written follows the other
   * @param settled whether the application's own transactions write both
   * @param underway whether it has not got all yet
   */
  private record Side(
      MovePlan move,
      long source,
      long target,
      boolean forward,
      boolean filled,
      boolean follows,
      boolean settled,
      boolean underway) {
    Side behind() {
      return new Side(move, source, target, forward, filled, follows, settled, true);
    }

    long following() {
      return forward ? target : source;
    }
  }

  Sides {
    moves = List.copyOf(moves);
  }

  /**
   * Locks the tables of all moves and their logs, and only then takes the snapshot: one that is
   * emptied or rewritten meanwhile would look empty in it.
   */
  static Sides read(Sql sql, long migration, Plan plan) throws SQLException {
    sql.execute("LOCK TABLE " + tables(migration, plan) + " IN ACCESS SHARE MODE");
    String snapshot = sql.one(SidesSql.EXPORT, row -> row.getString("snapshot"));
    List<Side> moves = new ArrayList<>();
    for (MovePlan move : plan.moves()) {
      moves.add(side(sql, migration, move));
    }
    return new Sides(snapshot, moves);
  }

  /** Whether every row of every move was copied. */
  boolean filled() {
    return moves.stream().allMatch(Side::filled);
  }

  /** Whether a table is read that a move fills. */
  boolean readsFilled(Set<Long> read) {
    return moves.stream().anyMatch(side -> read.contains(side.target()));
  }

  /** Whether a table is read that follows another one and has not got all of it yet. */
  boolean underway(Set<Long> read) {
    return moves.stream().anyMatch(side -> side.underway() && read.contains(side.following()));
  }

  /** Whether a table is read that nothing brings up to date any more: the new side is written. */
  boolean readsLeftBehind(Set<Long> read) {
    return moves.stream()
        .anyMatch(side -> !side.forward() && !side.follows() && read.contains(side.source()));
  }

  private static String tables(long migration, Plan plan) {
    return plan.moves().stream()
        .flatMap(
            move ->
                Stream.concat(
                    move.tables().stream().map(Quoting::table), logs(migration, move).stream()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private static List<String> logs(long migration, MovePlan move) {
    List<String> logs = new ArrayList<>();
    if (move.kind() == MovePlan.Kind.COPY) {
      logs.add(KeyLog.forward(migration, move).table());
      if (!move.reverse().isEmpty()) {
        logs.add(KeyLog.reverse(migration, move).table());
      }
    }
    return logs;
  }

  private static Side side(Sql sql, long migration, MovePlan move) throws SQLException {
    Side side =
        sql.first(SidesSql.MOVE, row -> read(row, move), migration, move.number())
            .orElseGet(() -> new Side(move, 0, 0, true, false, true, false, false));
    boolean trails =
        move.kind() == MovePlan.Kind.COPY
            && side.follows()
            && !side.settled()
            && side.source() != 0;
    return trails && !side.underway() && pending(sql, migration, side) ? side.behind() : side;
  }

  private static Side read(ResultSet row, MovePlan move) throws SQLException {
    boolean forward = row.getBoolean("forward");
    return new Side(
        move,
        row.getLong("source_oid"),
        row.getLong("target_oid"),
        forward,
        row.getBoolean("filled"),
        forward || !move.reverse().isEmpty(),
        row.getBoolean("settled"),
        row.getBoolean("moving"));
  }

  private static boolean pending(Sql sql, long migration, Side side) throws SQLException {
    MovePlan move = side.move();
    List<String> applied =
        sql.list(SidesSql.APPLIED, row -> row.getString("applied"), migration, move.number());
    if (applied.isEmpty() || applied.contains("")) {
      return true;
    }
    KeyLog log = side.forward() ? KeyLog.forward(migration, move) : KeyLog.reverse(migration, move);
    Fragment query = SidesSql.pending(log, applied);
    return sql.one(query.text(), row -> row.getBoolean("pending"), query.values());
  }
}
