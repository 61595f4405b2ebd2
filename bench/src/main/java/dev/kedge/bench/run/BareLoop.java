package dev.kedge.bench.run;

import dev.kedge.bench.measure.BenchDatabase;
import dev.kedge.projection.AlongTheKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * What somebody writes by hand who knows all that Kedge's chunks know: a boundary, a checkpoint
 * that is fenced, the rows, a commit; one session, one range, nobody told.
 */
final class BareLoop {
  private static final String PREAMBLE =
      """
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;
      SET LOCAL application_name = 'bench';
      SET LOCAL statement_timeout = 2000;
      SET LOCAL lock_timeout = 100;
      SET LOCAL idle_in_transaction_session_timeout = 1000;
      SET LOCAL synchronous_commit = off;
      """
          + AlongTheKey.SETTINGS;

  private static final String BOUNDARY =
      "SELECT id::text AS key FROM (SELECT id FROM %s WHERE id > ?::bigint ORDER BY id OFFSET ? LIMIT 1) k"
          .formatted(Orders.SOURCE);

  private static final String ADVANCE =
      "UPDATE bench_checkpoint SET turn = turn + 1, cursor = ? WHERE turn = ?";

  private static final String COUNT = "UPDATE bench_checkpoint SET rows = rows + ?";

  private final BenchDatabase database;
  private final String table;
  private final long rowsPerChunk;

  BareLoop(BenchDatabase database, String table, long rowsPerChunk) {
    this.database = database;
    this.table = table;
    this.rowsPerChunk = rowsPerChunk;
  }

  static void prepare(BenchDatabase database) throws SQLException {
    database.execute(
        "CREATE TABLE bench_checkpoint (turn bigint PRIMARY KEY, cursor text, rows bigint NOT NULL)",
        "INSERT INTO bench_checkpoint VALUES (0, NULL, 0)");
  }

  static void clear(BenchDatabase database) throws SQLException {
    database.execute("DROP TABLE bench_checkpoint");
  }

  void run() throws SQLException {
    String copy =
        Orders.insertSelect(table) + "\nWHERE id > ?::bigint AND id <= ?::bigint ORDER BY id";
    try (Connection connection = database.connect();
        Statement plain = connection.createStatement();
        PreparedStatement boundary = connection.prepareStatement(BOUNDARY);
        PreparedStatement advance = connection.prepareStatement(ADVANCE);
        PreparedStatement fill = connection.prepareStatement(copy);
        PreparedStatement count = connection.prepareStatement(COUNT)) {
      connection.setAutoCommit(false);
      String cursor = "0";
      for (long turn = 0; ; turn++) {
        plain.execute(PREAMBLE);
        String next = boundary(boundary, cursor);
        String end = next == null ? Long.toString(Long.MAX_VALUE) : next;
        advance.setString(1, end);
        advance.setLong(2, turn);
        advance.executeUpdate();
        fill.setString(1, cursor);
        fill.setString(2, end);
        count.setLong(1, fill.executeUpdate());
        count.executeUpdate();
        connection.commit();
        if (next == null) {
          return;
        }
        cursor = next;
      }
    }
  }

  private @Nullable String boundary(PreparedStatement query, String cursor) throws SQLException {
    query.setString(1, cursor);
    query.setLong(2, rowsPerChunk - 1);
    try (ResultSet rows = query.executeQuery()) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
