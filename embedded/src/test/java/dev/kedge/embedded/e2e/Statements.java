package dev.kedge.embedded.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Plain JDBC, as an application writes it. */
final class Statements {
  private Statements() {}

  static long update(Connection connection, String sql, Object... binds) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < binds.length; i++) {
        statement.setObject(i + 1, binds[i]);
      }
      return statement.executeUpdate();
    }
  }

  /** The last three columns of the row. */
  static Order order(ResultSet row, Shape shape) throws SQLException {
    int last = row.getMetaData().getColumnCount();
    return new Order(
        row.getInt(last - 2), shape.cents(row.getBigDecimal(last - 1)), row.getString(last));
  }
}
