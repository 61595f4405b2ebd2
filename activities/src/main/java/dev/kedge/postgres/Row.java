package dev.kedge.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Makes a value of the current row of a result.
 *
 * @param <T> what a row becomes
 */
@FunctionalInterface
public interface Row<T> {
  T of(ResultSet row) throws SQLException;
}
