package dev.kedge.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DatabaseSessionTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aFirstTransactionThatRollsBackLeavesTheSessionAsItWasOpened() throws SQLException {
    postgres.run("ALTER DATABASE " + name() + " SET TimeZone = 'Asia/Tokyo'");
    Database database = postgres.database();
    Transaction transaction = Transaction.readCommitted("m", "test");
    assertThrows(
        SQLException.class,
        () ->
            database.inTransaction(
                transaction, sql -> sql.one("SELECT 1 / 0", row -> row.getInt(1))));

    String settings =
        database.inTransaction(
            transaction,
            sql ->
                sql.one(
                    "SELECT concat_ws(' ', current_setting('search_path'),"
                        + " current_setting('TimeZone'), current_setting('jit'),"
                        + " current_setting('row_security'))",
                    row -> row.getString(1)));

    assertEquals("pg_catalog, pg_temp UTC off off", settings);
  }

  private String name() throws SQLException {
    return Fixture.value(postgres, "SELECT current_database()");
  }
}
