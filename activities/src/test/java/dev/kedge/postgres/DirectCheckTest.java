package dev.kedge.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.registry.Plans;
import dev.kedge.schema.PostgresPlanActivities;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class DirectCheckTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aPoolerIsRefusedBeforeAnythingIsSetOrPlanned() throws Exception {
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl()).poses();
        Databases databases = new Databases().add("app", proxy.jdbcUrl(), new Properties(), 2)) {
      Database database = databases.get("app");

      ApplicationFailure refused = assertThrows(ApplicationFailure.class, () -> one(database));
      ApplicationFailure outside =
          assertThrows(
              ApplicationFailure.class, () -> database.outsideTransaction(sql -> "nothing"));
      ApplicationFailure unplanned =
          assertThrows(
              ApplicationFailure.class,
              () ->
                  new PostgresPlanActivities(databases).makePlan(Plans.copy("m", "a", "b").spec()));

      assertEquals(Failures.REFUSED, refused.getType());
      assertTrue(
          refused.getOriginalMessage().startsWith("KD2204: database \"app\""),
          refused.getOriginalMessage());
      assertTrue(refused.getOriginalMessage().contains("help: "), refused.getOriginalMessage());
      assertEquals(Failures.REFUSED, outside.getType());
      assertEquals(Failures.REFUSED, unplanned.getType());
    }
  }

  @Test
  void aProxyThatOnlyForwardsIsNone() throws Exception {
    try (CutProxy proxy = CutProxy.before(postgres.jdbcUrl());
        Databases databases = new Databases().add("app", proxy.jdbcUrl(), new Properties(), 2)) {
      assertEquals(1, one(databases.get("app")));
    }
  }

  @Test
  void aServerThatCannotBeReachedIsNoPooler() {
    try (Databases databases =
        new Databases().add("app", "jdbc:postgresql://127.0.0.1:1/x?user=x", new Properties(), 2)) {
      SQLException error = assertThrows(SQLException.class, () -> one(databases.get("app")));

      assertEquals(SqlStates.Kind.UNAVAILABLE, SqlStates.kindOf(error));
    }
  }

  private static int one(Database database) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted("m", "test"),
        sql -> sql.one("SELECT 1 AS one", row -> row.getInt("one")));
  }
}
