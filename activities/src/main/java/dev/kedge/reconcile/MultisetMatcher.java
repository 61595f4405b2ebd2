package dev.kedge.reconcile;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the rows of a projection with those of its target as multisets, for tables without a key
 * by which a row could be found again. One snapshot for all of it, so it is for whoever asks, and
 * not for evidence that is kept fresh.
 */
final class MultisetMatcher {
  /** Rows of one statement; the server sorts or hashes so many, and spills what it cannot hold. */
  private static final long ROWS = 5_000_000;

  private final Database database;
  private final String migration;
  private final Projection projection;
  private final Duration longest;
  private final long rows;

  /**
   * @param migration on whose behalf
   * @param longest how long the compare of a part of the rows may take
   */
  MultisetMatcher(Database database, String migration, Projection projection, Duration longest) {
    this(database, migration, projection, longest, ROWS);
  }

  MultisetMatcher(
      Database database, String migration, Projection projection, Duration longest, long rows) {
    this.database = database;
    this.migration = migration;
    this.projection = projection;
    this.longest = longest;
    this.rows = rows;
  }

  /** What they come to; an error is said, and is no match. */
  Multisets compare() {
    MultisetSql statements = new MultisetSql(projection);
    if (!statements.fault().isEmpty()) {
      return Multisets.notComparable(statements.fault());
    }
    try {
      return database.inTransaction(
          Transaction.repeatableRead(migration, "compare").statementTimeout(longest),
          sql -> {
            // Before the snapshot: an emptied table must not look like one without rows.
            sql.execute(
                "LOCK TABLE %s, %s IN ACCESS SHARE MODE"
                    .formatted(projection.readTables(), Quoting.table(projection.written())));
            return compare(sql, statements);
          });
    } catch (SQLException e) {
      return Multisets.notComparable(SqlStates.describe(e));
    }
  }

  private Multisets compare(Sql sql, MultisetSql statements) throws SQLException {
    int buckets = buckets(sql, statements);
    long[] counts = new long[4];
    List<Multisets.Odd> odd = new ArrayList<>();
    for (int bucket = 0; bucket < buckets; bucket++) {
      Fragment compare = statements.compare(bucket, buckets);
      sql.list(
          compare.text(),
          row -> {
            String content = row.getString("content");
            if (content != null) {
              return odd.add(
                  new Multisets.Odd(
                      content,
                      row.getString("place"),
                      row.getLong("wanted"),
                      row.getLong("there")));
            }
            counts[0] += row.getLong("wanted");
            counts[1] += row.getLong("there");
            counts[2] += row.getLong("missing");
            counts[3] += row.getLong("extra");
            return false;
          },
          compare.values());
    }
    return new Multisets(counts[0], counts[1], counts[2], counts[3], odd, null);
  }

  private int buckets(Sql sql, MultisetSql statements) throws SQLException {
    Fragment estimate = statements.estimate();
    long most = sql.one(estimate.text(), row -> row.getLong("rows"), estimate.values());
    return statements.splits() ? (int) Math.min(1_000, Math.max(1, (most + rows - 1) / rows)) : 1;
  }
}
