package dev.kedge.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statements over one connection. Binds are positional: a {@code List<String>} becomes a {@code
 * text[]}, a String is sent without a type, so that {@code ?::type} or the column decides.
 */
public final class Sql {
  private final Connection connection;

  public Sql(Connection connection) {
    this.connection = connection;
  }

  /** Runs statements that bind nothing; several, separated by semicolons, go in one round trip. */
  public void execute(String statement) throws SQLException {
    try (java.sql.Statement plain = connection.createStatement()) {
      plain.execute(statement);
    }
  }

  /** Runs one statement; returns how many rows it changed. */
  public long update(String statement, @Nullable Object... binds) throws SQLException {
    try (PreparedStatement prepared = prepare(statement, binds)) {
      return prepared.executeLargeUpdate();
    }
  }

  /** All rows of a query, in the order the server sent them. */
  public <T> List<T> list(String query, Row<T> row, @Nullable Object... binds) throws SQLException {
    try (PreparedStatement prepared = prepare(query, binds);
        ResultSet result = prepared.executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(row.of(result));
      }
      return rows;
    }
  }

  /** The first row of a query, if there is one. */
  public <T> Optional<T> first(String query, Row<T> row, @Nullable Object... binds)
      throws SQLException {
    try (PreparedStatement prepared = prepare(query, binds);
        ResultSet result = prepared.executeQuery()) {
      return result.next() ? Optional.of(row.of(result)) : Optional.empty();
    }
  }

  /** The first row of a query that always has one. */
  public <T> T one(String query, Row<T> row, @Nullable Object... binds) throws SQLException {
    return first(query, row, binds)
        .orElseThrow(() -> new SQLException("a query that always has a row had none", "02000"));
  }

  /** The connection underneath, for what this class has no method for. */
  public Connection connection() {
    return connection;
  }

  private PreparedStatement prepare(String statement, @Nullable Object... binds)
      throws SQLException {
    PreparedStatement prepared = connection.prepareStatement(statement);
    try {
      for (int i = 0; i < binds.length; i++) {
        prepared.setObject(i + 1, bindable(binds[i]));
      }
      return prepared;
    } catch (SQLException | RuntimeException e) {
      prepared.close();
      throw e;
    }
  }

  private @Nullable Object bindable(@Nullable Object bind) throws SQLException {
    return bind instanceof List<?> list ? connection.createArrayOf("text", list.toArray()) : bind;
  }

  /** A {@code text[]} column as a list; null when the column is. */
  public static @Nullable List<String> texts(ResultSet row, String column) throws SQLException {
    java.sql.Array array = row.getArray(column);
    return array == null ? null : List.of((String[]) array.getArray());
  }
}
