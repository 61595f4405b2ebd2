package dev.kedge.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CutProxyTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aCommitWhoseAnswerIsCutIsDoneAndTheClientCannotKnow() throws Exception {
    postgres.run("CREATE TABLE public.counter AS SELECT 0 AS n");
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases databases = new Databases().add("cut", proxy.jdbcUrl(), new Properties(), 2)) {
      Database database = databases.get("cut");
      assertEquals(1, count(database, "first"));

      proxy.cut(answer -> answer.is("kedge:m:second", "COMMIT"));
      assertEquals(1, count(database, "other"));
      SQLException error = assertThrows(SQLException.class, () -> count(database, "second"));

      assertEquals(SqlStates.Kind.UNAVAILABLE, SqlStates.kindOf(error));
      assertEquals(1, proxy.cuts());
      assertEquals("3", Fixture.value(postgres, "SELECT n FROM public.counter"));
      assertEquals(1, count(database, "second"));
    }
  }

  private static long count(Database database, String purpose) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted("m", purpose),
        sql -> sql.update("UPDATE public.counter SET n = n + 1"));
  }
}
