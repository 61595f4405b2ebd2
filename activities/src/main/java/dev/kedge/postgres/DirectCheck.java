package dev.kedge.postgres;

import dev.kedge.activity.Failures;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.PGConnection;

/**
 * Refuses a database that is reached through a pooler. Ours are sessions, not only transactions:
 * what a session is set to ({@link Databases#SESSION}) would be lost at the next transaction, or
 * stay with whoever gets the server's session then; and an index built concurrently, or the end of
 * a session that stands still, needs a session that is ours alone.
 *
 * <p>A pooler answers the handshake itself, so the process id given there is not that of the server
 * process that answers a query. One in session mode cannot be told from others, and is refused too.
 * Looked at once a pool, on a connection that sets nothing.
 */
final class DirectCheck {
  private final String database;
  private final String url;
  private final Properties driver;
  private volatile boolean direct;

  DirectCheck(String database, String url, Properties driver) {
    this.database = database;
    this.url = url;
    this.driver = driver;
  }

  /** Looks, unless it has been seen to be direct. */
  void once() throws SQLException {
    if (!direct) {
      look();
      direct = true;
    }
  }

  private void look() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, driver)) {
      int answering =
          new Sql(connection).one("SELECT pg_backend_pid() AS pid", row -> row.getInt("pid"));
      if (connection.unwrap(PGConnection.class).getBackendPID() != answering) {
        throw refused();
      }
    }
  }

  private RuntimeException refused() {
    return Failures.refused(
        """
        KD2204: database "%s" is reached through a connection pooler: who answered the handshake is \
        not who answers queries
        help: give the workers the address of the server itself, past the pooler; they keep a few \
        connections only. Nothing was changed"""
            .formatted(database));
  }
}
