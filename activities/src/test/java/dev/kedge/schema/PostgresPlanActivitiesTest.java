package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.RegistryActivities.RegisterRequest;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.registry.PostgresRegistryActivities;
import dev.kedge.spec.Spec;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PostgresPlanActivitiesTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final Spec spec =
      Specs.of(
          List.of("ALTER TABLE users ADD COLUMN handle text"),
          List.of(
              Specs.move(
                  "users",
                  "users",
                  Map.of("handle", "lower(username)"),
                  null,
                  Map.of("username", "handle"))),
          List.of("ALTER TABLE users DROP COLUMN username"));

  @BeforeEach
  void table() throws SQLException {
    postgres.run("CREATE TABLE users (id bigint PRIMARY KEY, username text NOT NULL)");
  }

  @Test
  void aPlanCanRunAndSaysTheSameEachTime() throws SQLException {
    Plan plan = plan();
    assertEquals(List.of(), plan.refusals());
    assertEquals(plan, plan());
    assertEquals(List.of(), activities().checkPlan(plan));
    assertTrue(
        plan.steps().get(1).toString().contains("DROP COLUMN IF EXISTS handle"),
        plan.steps().get(1).toString());
  }

  @Test
  void aPlanIsStaleOnceItsTableChanged() throws SQLException {
    Plan plan = plan();
    postgres.run("ALTER TABLE users ADD COLUMN more int");
    List<Refusal> refusals = activities().checkPlan(plan);
    assertEquals("KD3002", refusals.get(0).code());
    assertEquals("public.users", refusals.get(0).object());
  }

  @Test
  void anUnfinishedMigrationKeepsThePlanThatWasApproved() throws SQLException {
    Plan plan = plan();
    register(plan);
    postgres.run("ALTER TABLE public.users ADD COLUMN handle text");
    assertEquals(plan, plan());
    assertEquals(List.of(), activities().checkPlan(plan));
  }

  @Test
  void tablesOfAnotherMigrationAreRefused() throws SQLException {
    Plan plan = plan();
    Spec other =
        new Spec(
            "n",
            null,
            "app",
            spec.expand(),
            spec.moves(),
            spec.backfill(),
            spec.cutover(),
            spec.contract(),
            spec.approvals());
    register(activities().makePlan(other));
    assertEquals(
        List.of("KD3001"), activities().checkPlan(plan).stream().map(Refusal::code).toList());
    assertEquals(List.of("KD3001"), plan().refusals().stream().map(Refusal::code).toList());
  }

  private void register(Plan plan) {
    new PostgresRegistryActivities(postgres.databases(), MigrationProgress::read)
        .register(new RegisterRequest(plan, "w", "r", "me"));
  }

  private Plan plan() {
    return activities().makePlan(spec);
  }

  private PostgresPlanActivities activities() {
    return new PostgresPlanActivities(postgres.databases());
  }
}
