package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Where a large window ends: at a transaction id. What is before it is applied as the rows are now,
 * which may be newer; what is behind it comes again in the next round. So one round stays short
 * whatever was captured, except that one transaction's keys stay together.
 *
 * @param at the first transaction id that is left for later; null when none is
 * @param snapshot what to store as applied; null for the transaction's own snapshot
 */
record Cut(@Nullable String at, @Nullable String snapshot) {
  /** No cut. */
  static final Cut NONE = new Cut(null, null);

  // About a tenth of a second of applying.
  private static final long ROWS = 5_000;

  /** Cuts the window since {@code applied} when it is large. */
  static Cut of(Sql sql, KeyLog log, String applied) throws SQLException {
    Fragment query = WindowSql.cut(log, applied, ROWS);
    String at = sql.first(query.text(), row -> row.getString("cut"), query.values()).orElse(null);
    return at == null
        ? NONE
        : new Cut(
            at, sql.one(WindowSql.SNAPSHOT_BEFORE, row -> row.getString("snapshot"), at, at, at));
  }

  /** What restricts the log's rows to it. */
  Fragment below() {
    return at == null ? Fragment.NONE : Fragment.of(" AND xid < ?::xid8", at);
  }
}
