package dev.kedge.postgres;

import java.sql.SQLException;

/**
 * What is done inside one transaction.
 *
 * @param <T> what comes out
 */
@FunctionalInterface
public interface Work<T> {
  T in(Sql sql) throws SQLException;
}
