package dev.kedge.progress;

import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveProgress.LongestRound;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.activity.MoveScope;
import dev.kedge.capture.KeyLog;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.throttle.ThrottleReport;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from the ledger, in one query, how far a move is. */
public final class Progress {
  private static final String EXISTS =
      "SELECT coalesce(m.writing = 'new', false) AS written,"
          + " to_regclass(?) IS NOT NULL AS forward, to_regclass(?) IS NOT NULL AS reverse"
          + " FROM (SELECT) x LEFT JOIN kedge.move m ON m.migration = ? AND m.move = ?";

  private Progress() {}

  /**
   * How far a move is.
   *
   * @param move what people see
   * @param lagMillis age of the oldest captured key not yet applied; 0 when there is none, null
   *     when nothing is captured
   * @param blocked what is in the way of a lock; null when nothing
   */
  public record Read(MoveProgress move, @Nullable Long lagMillis, @Nullable String blocked) {
    /**
     * The move with what limits it: a lock that cannot be had comes first, and a move that is
     * filled is limited by nothing else.
     */
    MoveProgress limited(ThrottleReport throttle) {
      String by = move.finishedAt() == null ? throttle.limitedBy() : null;
      return move.throttledBy(blocked == null ? by : blocked);
    }

    private Read quarantine(Quarantined rows) {
      return new Read(move.quarantine(rows), lagMillis, blocked);
    }
  }

  /** The rows and the time of the chunk that committed last. */
  public record LatestChunk(long rows, long millis) {}

  /** How far the move is, in the caller's transaction. */
  public static Read read(Sql sql, long migration, MovePlan move) throws SQLException {
    Optional<KeyLog> log = log(sql, migration, move);
    Read read =
        sql.first(
                ProgressSql.read(log.orElse(null)),
                row -> read(row, move),
                migration,
                move.number())
            .orElseGet(() -> new Read(MoveProgress.unknown(move, null), null, null));
    Quarantined rows = read.move().quarantine();
    return rows == null || rows.rows() == 0
        ? read
        : read.quarantine(
            new Quarantined(
                rows.rows(),
                sql.list(ProgressSql.QUARANTINED, Progress::example, migration, move.number())));
  }

  private static Quarantined.Example example(ResultSet row) throws SQLException {
    return new Quarantined.Example(
        row.getString("key"), row.getString("words"), row.getInt("times"));
  }

  /** The same in a transaction of its own; takes a sample of the rate when one is due. */
  public static MoveProgress sample(
      Database database, MoveScope request, long migration, @Nullable LatestChunk chunk)
      throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "progress").relaxed(),
        sql -> {
          sql.update(
              ProgressSql.SAMPLE,
              migration,
              request.scope().epoch(),
              request.move().number(),
              chunk == null ? null : Long.valueOf(chunk.rows()),
              chunk == null ? null : Long.valueOf(chunk.millis()));
          return read(sql, migration, request.move()).limited(ThrottleReport.now(sql, migration));
        });
  }

  private static Optional<KeyLog> log(Sql sql, long migration, MovePlan move) throws SQLException {
    KeyLog forward = KeyLog.forward(migration, move);
    KeyLog reverse = KeyLog.reverse(migration, move);
    return sql.one(
        EXISTS,
        row -> {
          boolean back = row.getBoolean("written");
          boolean there = row.getBoolean(back ? "reverse" : "forward");
          return there ? Optional.of(back ? reverse : forward) : Optional.<KeyLog>empty();
        },
        forward.table(),
        reverse.table(),
        migration,
        move.number());
  }

  private static Read read(ResultSet row, MovePlan move) throws SQLException {
    Long captured = number(row, "captured");
    Long lag = number(row, "lag_millis");
    MoveProgress progress =
        new MoveProgress(
            move.source().toString(),
            move.target().toString(),
            number(row, "rows_done"),
            number(row, "rows_total"),
            fraction(row, "rows_per_second"),
            fraction(row, "eta_seconds"),
            row.getInt("lanes"),
            number(row, "chunk_rows"),
            row.getString("started_at"),
            row.getString("filled_at"),
            captured,
            null,
            number(row, "chunk_millis"),
            fraction(row, "eta_low"),
            fraction(row, "eta_high"));
    return new Read(
        progress
            .following(move.kind() == MovePlan.Kind.COPY ? row.getString("following") : null)
            .quarantine(
                move.quarantine() ? new Quarantined(row.getLong("quarantined"), List.of()) : null)
            .longestRound(longestRound(row)),
        captured == null ? null : lag == null ? Long.valueOf(0) : lag,
        row.getString("blocked"));
  }

  private static @Nullable LongestRound longestRound(ResultSet row) throws SQLException {
    String at = row.getString("longest_at");
    return at == null
        ? null
        : new LongestRound(row.getLong("longest_millis"), row.getLong("longest_keys"), at);
  }

  private static @Nullable Long number(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }

  private static @Nullable Double fraction(ResultSet row, String column) throws SQLException {
    double value = row.getDouble(column);
    return row.wasNull() ? null : value;
  }
}
