package dev.kedge.ledger;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The row of a move's tail, which fences its rounds and its handover. */
public final class TailRow {
  private static final String MAKE =
      """
      INSERT INTO kedge.tail (migration, move, epoch)
      VALUES (?, ?, ?)
      ON CONFLICT (migration, move) DO NOTHING""";

  // What is wanted counts only at the epoch of who wanted it: after a pause nobody waits for it.
  private static final String LOOK =
      """
      SELECT m.writing, t.rounds, t.applied::text AS applied, t.epoch = ? AS current,
        CASE WHEN m.wanted_epoch = t.epoch AND m.wanted <> m.writing THEN m.wanted END AS wanted,
        m.following,
        coalesce(
          m.flip_epoch = t.epoch AND m.following <> 'settled' AND m.writing = 'old', false) AS flipping,
        (SELECT count(*) FROM kedge.range r
          WHERE r.migration = t.migration AND r.move = t.move AND r.state = 'filled') AS filled,
        (SELECT count(*) FROM kedge.range r
          WHERE r.migration = t.migration AND r.move = t.move AND r.state <> 'tail') AS outside
      FROM kedge.tail t
      JOIN kedge.move m USING (migration, move)
      WHERE t.migration = ? AND t.move = ?""";

  private static final String HOLD =
      """
      UPDATE kedge.tail
      SET turn = turn + 1
      WHERE migration = ? AND move = ? AND epoch = ?""";

  private static final String JOIN =
      """
      UPDATE kedge.range
      SET state = 'tail', turn = turn + 1
      WHERE migration = ? AND move = ? AND epoch = ? AND state = 'filled'
      RETURNING range, lo, hi, applied::text AS applied""";

  private static final String FILLED =
      """
      SELECT range, lo, hi, applied::text AS applied
      FROM kedge.range
      WHERE migration = ? AND move = ? AND state = 'filled'
      ORDER BY range""";

  private static final String RANGES =
      """
      SELECT range, lo, hi, applied::text AS applied
      FROM kedge.range
      WHERE migration = ? AND move = ? AND state = 'tail'
      ORDER BY range""";

  private static final String APPLIED =
      """
      UPDATE kedge.tail t
      SET applied = coalesce(?::pg_snapshot, pg_current_snapshot()), rounds = t.rounds + 1,
        keys = t.keys + n.keys, round_millis = n.millis, at = clock_timestamp(),
        longest_millis = greatest(t.longest_millis, n.millis),
        longest_keys = CASE
          WHEN n.millis > coalesce(t.longest_millis, -1) THEN n.keys ELSE t.longest_keys
        END,
        longest_at = CASE
          WHEN n.millis > coalesce(t.longest_millis, -1) THEN clock_timestamp() ELSE t.longest_at
        END
      FROM (SELECT ?::bigint AS keys, ?::bigint AS millis) n
      WHERE t.migration = ? AND t.move = ?""";

  private static final String CAUGHT_UP =
      """
      SELECT t.epoch = ? AS current,
        t.round_millis < ? AND t.at > clock_timestamp() - interval '10 seconds'
          AND NOT EXISTS (
            SELECT FROM kedge.range r
            WHERE r.migration = t.migration AND r.move = t.move AND r.state <> 'tail')
          AND m.pending IS NULL AND NOT EXISTS (
            SELECT FROM kedge.emptied e WHERE e.migration = t.migration AND e.move = t.move)
          AS caught_up
      FROM kedge.tail t
      JOIN kedge.move m USING (migration, move)
      WHERE t.migration = ? AND t.move = ?""";

  private final Scope scope;
  private final int move;
  private final long migration;

  public TailRow(MoveScope scope, long migration) {
    this(scope.scope(), scope.move().number(), migration);
  }

  /** The tail of the move with that number. */
  public TailRow(Scope scope, int move, long migration) {
    this.scope = scope;
    this.move = move;
    this.migration = migration;
  }

  /**
   * The tail and what it has to do.
   *
   * @param writing {@code old} or {@code new}: which side is written
   * @param wanted which side is to be written from now on; null when it is that already
   * @param following how the target follows while the old side is written: {@code trailing}, {@code
   *     flipped} or {@code settled}
   * @param flipping whether it is to be flipped and settled, and is not yet
   * @param current whether the caller's epoch is the tail's
   * @param applied up to which snapshot the captured keys of its ranges were applied; null before
   *     the first round
   * @param filled ranges that wait to be taken over
   * @param outside ranges that are not in the tail
   * @param rounds rounds that committed
   */
  public record Look(
      String writing,
      @Nullable String wanted,
      String following,
      boolean flipping,
      boolean current,
      @Nullable String applied,
      long filled,
      long outside,
      long rounds) {
    /** Whether the old side is written. */
    public boolean forward() {
      return writing.equals("old");
    }

    /** Whether the application's own transactions write the target. */
    public boolean synchronous() {
      return forward() && !following.equals("trailing");
    }
  }

  /** A range in the tail, and up to where its own lane had applied keys. */
  public record Member(int number, KeyRange keys, String applied) {}

  /** Makes the row at the caller's epoch unless it is there. */
  public static void make(Sql sql, long migration, int move, long epoch) throws SQLException {
    sql.update(MAKE, migration, move, epoch);
  }

  /** Removes the row: a round in flight ends first, and there is none after it. */
  public static long remove(Sql sql, long migration, int move) throws SQLException {
    return sql.update("DELETE FROM kedge.tail WHERE migration = ? AND move = ?", migration, move);
  }

  /** Reads it; nothing when the move is over. */
  public Optional<Look> look(Sql sql) throws SQLException {
    return sql.first(LOOK, TailRow::read, epoch(), migration, move());
  }

  /** Reads it in a transaction of its own. */
  public Optional<Look> look(Database database) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "look").relaxed(), this::look);
  }

  /**
   * Whether all ranges are in it and its last round, a moment ago, was shorter than {@code bound};
   * fails with FENCED when the caller's epoch is over.
   */
  public boolean caughtUp(Database database, Duration bound) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "look").relaxed(),
        sql ->
            sql.first(
                    CAUGHT_UP,
                    row -> {
                      if (!row.getBoolean("current")) {
                        throw Migrations.over(scope);
                      }
                      return row.getBoolean("caught_up");
                    },
                    epoch(),
                    bound.toMillis(),
                    migration,
                    move())
                .orElseThrow(() -> Migrations.over(scope)));
  }

  /** The fence; false when the epoch is over. */
  public boolean hold(Sql sql) throws SQLException {
    return sql.update(HOLD, migration, move(), epoch()) == 1;
  }

  /** Takes the filled ranges over, under the fence. */
  public List<Member> join(Sql sql) throws SQLException {
    return sql.list(JOIN, TailRow::member, migration, move(), epoch());
  }

  /** The filled ranges, left where they are. */
  public List<Member> filled(Sql sql) throws SQLException {
    return sql.list(FILLED, TailRow::member, migration, move());
  }

  /** All ranges in the tail. */
  public List<Member> members(Sql sql) throws SQLException {
    return sql.list(RANGES, TailRow::member, migration, move());
  }

  /**
   * Stores what was applied, under the fence.
   *
   * @param snapshot null for the statement's own
   */
  public void applied(Sql sql, @Nullable String snapshot, long keys, long millis)
      throws SQLException {
    sql.update(APPLIED, snapshot, keys, millis, migration, move());
  }

  private static Look read(ResultSet row) throws SQLException {
    return new Look(
        row.getString("writing"),
        row.getString("wanted"),
        row.getString("following"),
        row.getBoolean("flipping"),
        row.getBoolean("current"),
        row.getString("applied"),
        row.getLong("filled"),
        row.getLong("outside"),
        row.getLong("rounds"));
  }

  private static Member member(ResultSet row) throws SQLException {
    return new Member(
        row.getInt("range"),
        new KeyRange(Sql.texts(row, "lo"), Sql.texts(row, "hi")),
        row.getString("applied"));
  }

  private int move() {
    return move;
  }

  private long epoch() {
    return scope.epoch();
  }
}
