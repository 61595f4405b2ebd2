package dev.kedge.capture;

import dev.kedge.activity.Failures;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog says of a copy's triggers. Capture counts as on only while this is what it was
 * when it was installed or switched last, the xmin of each row included: a trigger that was
 * disabled and enabled again looks the same but for that, and rows were missed. Partitions may come
 * and go: {@link PartitionWatch} takes them in, and only until it has does a check fail.
 */
public final class CaptureState {
  // A frozen row keeps its xmin. Partitions are read as the snapshot has them, like the triggers.
  private static final String READ =
      """
      WITH RECURSIVE root AS (
        SELECT CASE WHEN t = ? THEN 'new' ELSE 'old' END AS side, to_regclass(t)::oid AS relid
        FROM unnest(?::text[]) t
      ), tree AS (
        SELECT r.side, r.relid, 0::oid AS parent, '' AS since
        FROM root r
        JOIN pg_class c ON c.oid = r.relid AND c.relkind = 'p'
        UNION ALL
        SELECT t.side, i.inhrelid, i.inhparent, i.xmin::text
        FROM tree t
        JOIN pg_inherits i ON i.inhparent = t.relid
      )
      SELECT m.capture, m.tree,
        (SELECT string_agg(concat_ws(' ', t.side, t.relid, t.parent, t.since), E'\\n'
          ORDER BY t.side, t.relid) FROM tree t) AS tree_now,
        (SELECT coalesce(
            string_agg(
              format('%s on %s%s: %s %s %s %s', t.tgname, t.tgrelid::regclass,
                (SELECT ' #' || b.relid FROM tree b WHERE b.relid = t.tgrelid AND b.parent <> 0),
                t.tgenabled, t.oid, t.xmin, p.xmin),
              E'\\n' ORDER BY t.oid),
            '')
          FROM pg_trigger t
          JOIN pg_proc p ON p.oid = t.tgfoid
          WHERE t.tgrelid IN (SELECT relid FROM root UNION ALL SELECT relid FROM tree)
            AND t.tgname = ANY (?)) AS capture_now
      FROM (SELECT ?::bigint AS migration, ?::int AS move) k
      LEFT JOIN kedge.move m USING (migration, move)""";

  // The same of plain tables: under the lock of a handover, where a millisecond counts.
  private static final String READ_PLAIN =
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

  private static final String STORE =
      "UPDATE kedge.move SET capture = ? WHERE migration = ? AND move = ?";

  private static final Pattern LINE =
      Pattern.compile("(.*?)(?: #(\\d+))?: (\\S \\d+ \\d+ \\d+)", Pattern.DOTALL);

  private CaptureState() {}

  /**
   * Both, what is stored and what is there.
   *
   * @param capture the triggers as they were stored; null before capture was installed
   * @param tree the partitions as they were stored; null for plain tables
   * @param captureNow the triggers
   * @param treeNow the partitions; null for plain tables
   */
  record Look(
      @Nullable String capture,
      @Nullable String tree,
      String captureNow,
      @Nullable String treeNow) {}

  /** Reads both in one snapshot. */
  static Look look(Sql sql, long migration, MovePlan move) throws SQLException {
    return sql.one(
        READ,
        row ->
            new Look(
                row.getString("capture"),
                row.getString("tree"),
                row.getString("capture_now"),
                row.getString("tree_now")),
        Quoting.table(move.target()),
        move.tables().stream().map(Quoting::table).toList(),
        CaptureNames.of(migration, move).triggers(),
        migration,
        move.number());
  }

  /** Reads what the catalog says of plain tables, as the statement's snapshot has it. */
  public static String read(Sql sql, long migration, MovePlan move) throws SQLException {
    return read(sql, migration, move, false);
  }

  /** Stores what the catalog says of plain tables now as what it has to say. */
  public static void store(Sql sql, long migration, MovePlan move) throws SQLException {
    store(sql, migration, move, false);
  }

  /** Reads the catalog as the statement's snapshot has it. */
  public static String read(Sql sql, long migration, MovePlan move, boolean partitioned)
      throws SQLException {
    return partitioned
        ? look(sql, migration, move).captureNow()
        : sql.one(
            READ_PLAIN,
            row -> row.getString("state"),
            move.tables().stream().map(Quoting::table).toList(),
            CaptureNames.of(migration, move).triggers());
  }

  /** Stores what the catalog says now as what it has to say. */
  static void store(Sql sql, long migration, MovePlan move, boolean partitioned)
      throws SQLException {
    sql.update(STORE, read(sql, migration, move, partitioned), migration, move.number());
  }

  /**
   * Fails with {@link Failures#CATALOG_DIFFERS}, naming the triggers, unless nothing changed; and
   * with {@link PartitionsChanged}, which passes, while partitions that came or went are not taken
   * in.
   */
  public static void check(Sql sql, long migration, MovePlan move) throws SQLException {
    check(move, look(sql, migration, move));
  }

  private static void check(MovePlan move, Look look) throws SQLException {
    String stored = look.capture() == null ? "" : look.capture();
    if (look.tree() == null) {
      if (stored.isEmpty() || !stored.equals(look.captureNow())) {
        throw differs(move, gone(stored, look.captureNow()));
      }
      return;
    }
    Tree before = Tree.parse(look.tree());
    Tree now = Tree.parse(look.treeNow());
    requireKept(move, look, before.without(now));
    if (!before.equals(now)) {
      throw new PartitionsChanged(move);
    }
  }

  /** Fails unless every stored trigger is as it was, but for those of partitions that went. */
  static void requireKept(MovePlan move, Look look, List<Tree.Node> gone) {
    String stored = look.capture() == null ? "" : look.capture();
    Set<String> now =
        lines(look.captureNow()).stream().map(CaptureState::state).collect(Collectors.toSet());
    Set<String> goneIds = gone.stream().map(Tree.Node::oid).collect(Collectors.toSet());
    List<String> changed =
        lines(stored).stream()
            .filter(line -> !now.contains(state(line)) && !goneIds.contains(leaf(line)))
            .toList();
    if (stored.isEmpty() || !changed.isEmpty()) {
      throw differs(move, changed);
    }
  }

  /** What is stored, without the triggers of partitions that went. */
  static String without(Look look, List<Tree.Node> gone) {
    Set<String> goneIds = gone.stream().map(Tree.Node::oid).collect(Collectors.toSet());
    return lines(String.valueOf(look.capture())).stream()
        .filter(line -> !goneIds.contains(leaf(line)))
        .collect(Collectors.joining("\n"));
  }

  /** What is stored, and the triggers of a partition as they are now. */
  static String with(Look look, String leaf) {
    Set<String> all = new HashSet<>(lines(String.valueOf(look.capture())));
    all.removeIf(line -> leaf(line).equals(leaf));
    lines(look.captureNow()).stream().filter(line -> leaf(line).equals(leaf)).forEach(all::add);
    return all.stream().sorted().collect(Collectors.joining("\n"));
  }

  private static List<String> gone(String stored, String now) {
    Set<String> there = Set.copyOf(lines(now));
    return lines(stored).stream().filter(line -> !there.contains(line)).toList();
  }

  private static RuntimeException differs(MovePlan move, List<String> changed) {
    String names =
        changed.stream()
            .map(line -> line.substring(0, line.indexOf(':')))
            .collect(Collectors.joining(", "));
    return Failures.catalogDiffers(
        """
        capture of %s was changed by somebody else: %s
        help: writes since then may be missing from %s; roll back and start again"""
            .formatted(
                move.source(),
                names.isEmpty() ? "its triggers are not installed" : names,
                move.target()));
  }

  // The oid of the partition it is on; empty on a table of the move itself.
  private static String leaf(String line) {
    Matcher matcher = LINE.matcher(line);
    return matcher.matches() && matcher.group(2) != null ? matcher.group(2) : "";
  }

  // All but the name, which may change.
  private static String state(String line) {
    Matcher matcher = LINE.matcher(line);
    return matcher.matches() ? matcher.group(3) : line;
  }

  private static List<String> lines(String state) {
    return Arrays.stream(state.split("\n")).filter(line -> !line.isEmpty()).distinct().toList();
  }
}
