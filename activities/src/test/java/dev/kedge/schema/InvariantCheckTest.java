package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Invariant;
import dev.kedge.spec.Spec;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariants that could do harm, or could never be checked, are refused in the plan by name. */
final class InvariantCheckTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  InvariantCheckTest() {}

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        DROP ROLE IF EXISTS invariant_plan;
        CREATE ROLE invariant_plan LOGIN;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE TABLE users (id bigint PRIMARY KEY, username text NOT NULL);
        CREATE TABLE secret (v text);
        CREATE SEQUENCE numbers;
        CREATE VIEW lots AS SELECT id, random() AS lot FROM users;
        CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION reads() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
        GRANT SELECT ON users, lots TO invariant_plan""");
  }

  @AfterEach
  void dropsRole() throws SQLException {
    postgres.run("DROP OWNED BY invariant_plan; DROP ROLE invariant_plan");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SELECT 1; SELECT 2                            | it is not exactly one statement
          SELECT 1; DROP TABLE users                    | it is not exactly one statement
          DELETE FROM users RETURNING id                | syntax error
          INSERT INTO users VALUES (1, 'x') RETURNING 1 | syntax error
          WITH x AS (DELETE FROM users RETURNING id) SELECT id FROM x | data-modifying
          SELECT id INTO more FROM users                | SELECT ... INTO is not allowed here
          SELECT id FROM users FOR UPDATE               | it locks the rows it reads
          SELECT nextval('numbers')                     | it calls what is volatile: pg_catalog.nextval
          SELECT id FROM users WHERE random() < 0.5     | it calls what is volatile: pg_catalog.random
          SELECT pg_advisory_lock(1)                    | it calls what is volatile: pg_catalog.pg_advisory_lock
          SELECT id FROM users WHERE id = public.writes() | it calls what is volatile: public.writes
          SELECT id FROM (SELECT id FROM users ORDER BY random()) x | pg_catalog.random
          SELECT id FROM lots                           | it calls what is volatile: pg_catalog.random
          SELECT id FROM nowhere                        | relation "nowhere" does not exist
          SELECT nothing FROM users                     | column "nothing" does not exist
          SELECT v FROM secret                          | the role for checks cannot run it: permission denied
          """)
  void whatIsNoPlainReadingIsRefusedByName(String sql, String why) {
    checkRole();
    List<Refusal> refusals = plan(Invariant.of("i", sql)).refusals();
    assertEquals(1, refusals.size(), refusals::toString);
    assertEquals("KD2208", refusals.get(0).code());
    assertEquals("invariant i", refusals.get(0).object());
    assertTrue(refusals.get(0).why().contains(why), refusals.get(0).why());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id FROM users WHERE handle IS NULL",
        "SELECT u.id, v.id FROM public.users u JOIN users v USING (id)",
        "WITH x AS (SELECT id FROM users) SELECT count(*), count(*) FROM x HAVING count(*) < now()::text::int",
        "SELECT id FROM users WHERE id = public.reads() -- ? ;\n",
        "SELECT '; DELETE FROM users' FROM users WHERE false"
      })
  void whatOnlyReadsIsPlannedAlsoOverWhatExpandIsToMake(String sql) {
    checkRole();
    assertEquals(List.of(), plan(Invariant.of("i", sql)).refusals());
  }

  @Test
  void aPairHasTwoResultsThatCanBeEqual() {
    checkRole();
    assertEquals(
        List.of(),
        plan(Invariant.of("i", "SELECT count(*) FROM users", "SELECT sum(id) FROM users"))
            .refusals());
    List<Refusal> columns =
        plan(Invariant.of("i", "SELECT id, id FROM users", "SELECT id FROM users")).refusals();
    assertTrue(columns.get(0).why().contains("same number of columns"), columns.toString());
    List<Refusal> types =
        plan(Invariant.of("i", "SELECT id FROM users", "SELECT username FROM users")).refusals();
    assertTrue(types.get(0).why().contains("cannot be matched"), types.toString());
    List<Refusal> both =
        plan(Invariant.of("i", "SELECT random()", "SELECT id, FROM users")).refusals();
    assertEquals(2, both.size(), both.toString());
  }

  @Test
  void withoutARoleThatMayOnlyReadNoneIsPlanned() throws SQLException {
    Invariant any = Invariant.of("i", "SELECT id FROM users");
    Refusal missing = plan(any).refusals().get(0);
    assertEquals("KD2206", missing.code());
    assertEquals(
        "the spec has invariants, and this worker knows no role to run them", missing.why());
    checkRole();
    postgres.run("GRANT UPDATE ON users TO invariant_plan");
    Refusal excess = plan(any).refusals().get(0);
    assertEquals("KD2206", excess.code());
    assertTrue(excess.why().contains("it may write"), excess.why());
  }

  @Test
  void aSpecWithInvariantsHasStepsThatCheckThem() {
    checkRole();
    Plan plan = plan(Invariant.of("i", "SELECT id FROM users"));
    assertEquals(
        2, plan.steps().stream().filter(step -> step.kind().equals("checkInvariants")).count());
  }

  private Plan plan(Invariant invariant) {
    Spec spec =
        Specs.of(
                List.of("ALTER TABLE users ADD COLUMN handle text"),
                List.of(
                    Specs.move(
                        "users",
                        "users",
                        Map.of("handle", "lower(username)"),
                        null,
                        Map.of("username", "handle"))),
                List.of())
            .with(List.of(invariant));
    return new PostgresPlanActivities(postgres.databases()).makePlan(spec);
  }

  private void checkRole() {
    postgres
        .databases()
        .checkRole(
            "app",
            postgres.jdbcUrl().replace("user=kedge", "user=invariant_plan"),
            new Properties());
  }
}
