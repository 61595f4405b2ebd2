package dev.kedge.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A standby of a database, to read from. Whoever asks waits a second at most before he hears that
 * it cannot be reached.
 */
public final class Replica {
  private final String name;
  private final DataSource pool;

  Replica(String name, DataSource pool) {
    this.name = name;
    this.pool = pool;
  }

  /** Where it is, without a secret. */
  public String name() {
    return name;
  }

  /** Reads in one transaction. */
  public <T> T read(Work<T> work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      try {
        return work.in(new Sql(connection));
      } finally {
        connection.rollback();
      }
    }
  }
}
