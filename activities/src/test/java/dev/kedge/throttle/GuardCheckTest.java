package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.BackfillSettings;
import dev.kedge.spec.CutoverSettings;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import dev.kedge.spec.Spec;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Guards that would stand a migration still for ever are refused in its plan. */
final class GuardCheckTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  GuardCheckTest() {}

  @BeforeEach
  void roles() throws SQLException {
    postgres.run(
        """
        DROP ROLE IF EXISTS modest;
        CREATE ROLE modest LOGIN;
        CREATE TABLE public.queue (depth int);
        GRANT SELECT ON public.queue TO modest;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC""");
  }

  @AfterEach
  void dropsRoles() throws SQLException {
    postgres.run("DROP OWNED BY modest; DROP ROLE modest");
  }

  @Test
  void whoMayNotSeeOthersIsToldWhatToGrant() throws SQLException {
    Guards guards =
        new Guards(
            List.of(new Limit(Signal.ACTIVE_SESSIONS, 40), new Limit(Signal.WAL_PER_SECOND, 1e6)),
            List.of(new Limit(Signal.REPLICATION_LAG, 1_000)),
            List.of());
    try (Databases modest = as("modest")) {
      Refusal refusal = GuardCheck.refusals(modest.get("app"), spec(guards)).get(0);

      assertEquals("KD2205", refusal.code());
      assertEquals(
          "role modest may not see the sessions of others: activeSessions, replicationLag",
          refusal.why());
      assertEquals("GRANT pg_monitor TO modest, or guard by other signals", refusal.help());
      postgres.run("GRANT pg_monitor TO modest");
      assertEquals(List.of(), GuardCheck.refusals(modest.get("app"), spec(guards)));
    }
  }

  @Test
  void aQueryNeedsARoleThatMayReadAndNothingElse() throws SQLException {
    Spec spec = spec(query("SELECT count(*) FROM public.queue"));
    assertEquals("KD2206", GuardCheck.refusals(postgres.database(), spec).get(0).code());

    checkRole();
    assertEquals(List.of(), GuardCheck.refusals(postgres.database(), spec));
    postgres.run("GRANT INSERT ON public.queue TO modest");
    Refusal refusal = GuardCheck.refusals(postgres.database(), spec).get(0);
    assertEquals("KD2206", refusal.code());
    assertTrue(refusal.why().endsWith("it may write queue"), refusal.why());
  }

  @Test
  void aQueryThatTheServerRefusesIsRefusedAndOneThatOnlyFailsNowIsNot() throws SQLException {
    checkRole();

    assertEquals("KD2207", refused("SELECT count(*) FROM public.nowhere"));
    assertEquals("KD2207", refused("SELECT 1; SELECT 2"));
    assertEquals("KD2207", refused("CREATE TABLE mine (id int)"));
    assertEquals(List.of(), GuardCheck.refusals(postgres.database(), spec(query("SELECT 1 / 0"))));
  }

  private String refused(String sql) throws SQLException {
    return GuardCheck.refusals(postgres.database(), spec(query(sql))).get(0).code();
  }

  private static Guards query(String sql) {
    return new Guards(List.of(new Limit(Signal.QUERY, 1, "q", sql)), List.of(), List.of());
  }

  private static Spec spec(Guards guards) {
    return new Spec(
        "m",
        null,
        "app",
        List.of(),
        List.of(),
        BackfillSettings.DEFAULT,
        CutoverSettings.DEFAULT,
        List.of(),
        Map.of(),
        guards);
  }

  private Databases as(String role) {
    return new Databases().add("app", url(role), new Properties(), 2);
  }

  private void checkRole() {
    postgres.databases().checkRole("app", url("modest"), new Properties());
  }

  private String url(String role) {
    return postgres.jdbcUrl().replace("user=kedge", "user=" + role);
  }
}
