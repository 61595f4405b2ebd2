package dev.kedge.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ControlSchemaTest {
  private static final String TABLES_WITHOUT_KEY =
      """
      SELECT count(*)
      FROM pg_class c
      WHERE c.relnamespace = 'kedge'::regnamespace AND c.relkind = 'r'
        AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void isMadeTwiceAsOnceAndEveryTableHasAKey() throws SQLException {
    ControlSchema.ensure(postgres.database());
    ControlSchema.ensure(postgres.database());
    long without =
        postgres
            .database()
            .inTransaction(
                Transaction.readCommitted("test", "look"),
                sql -> sql.one(TABLES_WITHOUT_KEY, row -> row.getLong(1)));
    assertEquals(0, without);
  }
}
