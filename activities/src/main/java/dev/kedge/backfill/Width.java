package dev.kedge.backfill;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How wide the rows are that a copy takes over, so that a chunk's bytes are bounded before they are
 * read. A row itself has no more than a page: a small sample of what comes next says how many make
 * a chunk, and costs nothing per row. Only where values are kept apart from their rows, and more of
 * them than one chunk may have, does a chunk's end have to be counted: by the sizes that the rows
 * themselves note, no value is read for it.
 *
 * @param row what the next rows have on the average, without what is kept apart
 * @param counted the columns whose sizes are counted; empty when no chunk can have too much
 */
record Width(long row, List<String> counted) {
  /** What one chunk may have, unless it is one row. */
  static final long BUDGET = 4L << 20;

  /** Nothing is known. */
  static final Width UNKNOWN = new Width(1, List.of());

  private static final int SAMPLE = 100;
  // A row's header and its place in a page.
  private static final int ROW_OVERHEAD = 28;

  Width {
    counted = List.copyOf(counted);
  }

  private record Columns(List<String> wide, long fixed, long apart) {}

  /** Looks at the rows that come next, in a transaction that reads along the key. */
  static Width of(Sql sql, MovePlan move, KeyRange rest) throws SQLException {
    Columns columns =
        sql.one(
            WidthSql.COLUMNS,
            row ->
                new Columns(
                    Objects.requireNonNull(Sql.texts(row, "wide")),
                    row.getLong("fixed"),
                    row.getLong("apart")),
            Projection.table(move.source()));
    List<String> read = columns.wide().stream().filter(name -> mentions(move, name)).toList();
    if (read.isEmpty()) {
      return new Width(columns.fixed() + ROW_OVERHEAD, List.of());
    }
    KeySide key = Projection.sourceKey(move);
    Fragment sample = WidthSql.sample(move.source(), key, rest, read, SAMPLE);
    long row = sql.one(sample.text(), found -> found.getLong("bytes"), sample.values());
    return new Width(
        columns.fixed() + ROW_OVERHEAD + row, columns.apart() > BUDGET ? read : List.of());
  }

  /** How many of {@code rows} rows a chunk may have as far as is known before they are counted. */
  long atMost(long rows) {
    return Math.max(1, Math.min(rows, BUDGET / Math.max(1, row)));
  }

  // A name that only looks like the column's costs a little; the row as a whole has all of them.
  private static boolean mentions(MovePlan move, String column) {
    return move.columns().stream()
        .map(ProjectedColumn::expression)
        .anyMatch(text -> mentions(text, column) || mentions(text, move.source().name()));
  }

  private static boolean mentions(String text, String name) {
    return text.toLowerCase(Locale.ROOT).contains(name.toLowerCase(Locale.ROOT));
  }
}
