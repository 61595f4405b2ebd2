package dev.kedge.ledger;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a move's key space into ranges that tile it from before every key to after every key: more
 * than there are lanes, so that an idle lane always finds one. Where the cuts are decides only how
 * even the work is.
 */
public final class RangeMaker {
  // Some chunks: a range costs transactions of its own, its claim and a round that takes it over.
  // A lane that finds none cuts one in two.
  private static final long ROWS_PER_RANGE = 100_000;
  private static final int SMALL_RANGES = 64;
  // Of very large tables, ranges have so many times the rows, until there are so many ranges.
  private static final int LARGER = 3;
  private static final int MOST = 256;
  // So many pages show where the rows are.
  private static final double SAMPLED_PAGES = 2_000;

  private static final String ANY =
      "SELECT EXISTS (SELECT FROM kedge.range WHERE migration = ? AND move = ?) AS found";

  private static final String MAKE_MOVE =
      """
      INSERT INTO kedge.move (migration, move, rows_total)
      VALUES (?, ?, ?)
      ON CONFLICT (migration, move) DO UPDATE
      SET rows_total = EXCLUDED.rows_total""";

  private static final String MAKE_RANGE =
      """
      WITH made AS (
        INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, epoch)
        VALUES (?, ?, ?, ?::text[], ?::text[], ?::text[], ?)
        RETURNING migration, move, range
      )
      INSERT INTO kedge.lease (migration, move, range)
      SELECT migration, move, range FROM made""";

  private static final String KEEP_COUNT =
      """
      UPDATE kedge.move m
      SET capture = NULL, rows_done = (
        SELECT sum(r.rows) FROM kedge.range r WHERE r.migration = m.migration AND r.move = m.move)
      WHERE m.migration = ? AND m.move = ?
        AND EXISTS (SELECT FROM kedge.range r WHERE r.migration = m.migration AND r.move = m.move)""";

  private static final List<String> TABLES =
      List.of(
          "kedge.lease",
          "kedge.comparison",
          "kedge.subtotal",
          "kedge.suspect",
          "kedge.range",
          "kedge.tail");

  private RangeMaker() {}

  /** Removes all rows of the move but its own, which keeps how many rows there were. */
  public static void forget(Sql sql, long migration, int move) throws SQLException {
    sql.update(KEEP_COUNT, migration, move);
    for (String table : TABLES) {
      sql.update("DELETE FROM " + table + " WHERE migration = ? AND move = ?", migration, move);
    }
  }

  /**
   * Makes the move's row and its ranges at the caller's epoch unless they are there. To be called
   * in a transaction that holds a step's fence.
   */
  public static void make(Sql sql, long migration, MovePlan move, long epoch) throws SQLException {
    make(sql, migration, move, epoch, ROWS_PER_RANGE);
  }

  /**
   * The same with ranges of about so many rows.
   *
   * @param rowsPerRange what a range should have at least
   */
  public static void make(Sql sql, long migration, MovePlan move, long epoch, long rowsPerRange)
      throws SQLException {
    if (sql.one(ANY, row -> row.getBoolean("found"), migration, move.number())) {
      return;
    }
    Size size =
        sql.one(
            SplitSql.ESTIMATE,
            row -> new Size(row.getLong("rows"), row.getBoolean("known"), row.getLong("pages")),
            Quoting.table(move.source()));
    sql.update(MAKE_MOVE, migration, move.number(), size.known() ? size.rows() : null);
    List<String> lo = null;
    int number = 1;
    for (List<String> cut : cuts(sql, move, size, rowsPerRange)) {
      make(sql, migration, move, epoch, number++, lo, cut);
      lo = cut;
    }
    make(sql, migration, move, epoch, number, lo, null);
  }

  private record Size(long rows, boolean known, long pages) {}

  private static void make(
      Sql sql,
      long migration,
      MovePlan move,
      long epoch,
      int number,
      @Nullable List<String> lo,
      @Nullable List<String> hi)
      throws SQLException {
    sql.update(MAKE_RANGE, migration, move.number(), number, lo, hi, lo, epoch);
  }

  private static List<List<String>> cuts(Sql sql, MovePlan move, Size size, long rowsPerRange)
      throws SQLException {
    double percent = Math.min(100, 100 * SAMPLED_PAGES / size.pages());
    int small = Math.max(SMALL_RANGES, 4 * move.lanes());
    return sql.list(
        SplitSql.bySample(move),
        row -> Objects.requireNonNull(Sql.texts(row, "key")),
        percent,
        Math.max(MOST, small),
        small,
        rowsPerRange,
        rowsPerRange * LARGER,
        100 / percent);
  }
}
