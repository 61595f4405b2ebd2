package dev.kedge.capture;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the catalog says of a copy's triggers. Capture counts as on only while this is what it was
 * when it was installed or switched last, the xmin of each row included: a trigger that was
 * disabled and enabled again looks the same but for that, and rows were missed.
 */
public final class CaptureState {
  // A frozen row keeps its xmin.
  private static final String READ =
      """
      SELECT coalesce(
        string_agg(
          format('%s on %s: %s %s %s %s', t.tgname, t.tgrelid::regclass, t.tgenabled, t.oid,
            t.xmin, p.xmin),
          E'\\n' ORDER BY t.oid),
        '') AS state
      FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid IN (SELECT to_regclass(n) FROM unnest(?::text[]) n) AND t.tgname = ANY (?)""";

  private static final String STORED =
      "SELECT capture FROM kedge.move WHERE migration = ? AND move = ?";

  private static final String STORE =
      "UPDATE kedge.move SET capture = ? WHERE migration = ? AND move = ?";

  private CaptureState() {}

  /** Reads the catalog as the statement's snapshot has it. */
  public static String read(Sql sql, long migration, MovePlan move) throws SQLException {
    return sql.one(
        READ,
        row -> row.getString("state"),
        move.tables().stream().map(Quoting::table).toList(),
        CaptureNames.of(migration, move).triggers());
  }

  /** Stores what the catalog says now as what it has to say. */
  public static void store(Sql sql, long migration, MovePlan move) throws SQLException {
    sql.update(STORE, read(sql, migration, move), migration, move.number());
  }

  /** Fails with {@link Failures#CATALOG_DIFFERS}, naming the triggers, unless nothing changed. */
  public static void check(Sql sql, long migration, MovePlan move) throws SQLException {
    String stored =
        sql.first(STORED, row -> row.getString("capture"), migration, move.number()).orElse("");
    String now = read(sql, migration, move);
    if (stored == null || stored.isEmpty() || !stored.equals(now)) {
      throw differs(move, stored == null ? "" : stored, now);
    }
  }

  private static RuntimeException differs(MovePlan move, String stored, String now) {
    Set<String> there = Set.copyOf(lines(now));
    String changed =
        lines(stored).stream()
            .filter(line -> !there.contains(line))
            .map(line -> line.substring(0, line.indexOf(':')))
            .collect(Collectors.joining(", "));
    return Failures.catalogDiffers(
        """
        capture of %s was changed by somebody else: %s
        help: writes since then may be missing from %s; roll back and start again"""
            .formatted(
                move.source(),
                changed.isEmpty() ? "its triggers are not installed" : changed,
                move.target()));
  }

  private static List<String> lines(String state) {
    return Arrays.stream(state.split("\n")).filter(line -> !line.isEmpty()).distinct().toList();
  }
}
