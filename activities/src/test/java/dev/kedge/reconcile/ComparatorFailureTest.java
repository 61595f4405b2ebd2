package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import dev.kedge.spec.Gate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever keeps a compare from comparing is no match: it is said, and the gate stays shut. */
final class ComparatorFailureTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final Databases asWorker = new Databases();
  private Database worker;
  private CopyEngine engine;

  /** The worker's own role, which may do what a worker's role may. */
  @BeforeEach
  void copied() throws SQLException {
    postgres.run(
        """
        DO $$ BEGIN
          IF to_regrole('some_worker') IS NULL THEN CREATE ROLE some_worker LOGIN; END IF;
        END $$;
        CREATE TABLE users (id int PRIMARY KEY, v int);
        INSERT INTO users SELECT i, i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, v int);
        CREATE SEQUENCE deaths;
        CREATE TABLE fate (most int);
        INSERT INTO fate VALUES (0);
        CREATE FUNCTION public.fatal(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF current_setting('application_name') = 'kedge:m:compare'
              AND (SELECT most FROM public.fate) > 0 THEN
            IF nextval('public.deaths') <= (SELECT most FROM public.fate) THEN
              PERFORM pg_terminate_backend(pg_backend_pid());
            END IF;
          END IF;
          RETURN v;
        END $$""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "users", "people").column("v", "public.fatal(v)").plan(1));
    recordPlan();
    engine.cutAt("50");
    engine.lane();
    engine.round();
    postgres.run(
        """
        GRANT ALL ON ALL TABLES IN SCHEMA public, kedge TO some_worker;
        GRANT ALL ON ALL SEQUENCES IN SCHEMA public, kedge TO some_worker;
        GRANT USAGE ON SCHEMA kedge TO some_worker""");
    asWorker.add(
        "app", postgres.jdbcUrl().replace("user=kedge", "user=some_worker"), new Properties(), 4);
    worker = asWorker.get("app");
    Comparison seen = compare(BOUNDS);
    assertEquals(100, seen.comparedRows());
    assertEquals(0, seen.unproven(), seen.toString());
    assertEquals(List.of(), seen.reasons());
  }

  @AfterEach
  void close() {
    asWorker.close();
  }

  private Comparison compare(Bounds bounds) throws SQLException {
    return Reconciler.of(worker, engine.scope(), bounds, Pulse.NONE)
        .compareAll("r" + System.nanoTime());
  }

  private void recordPlan() throws SQLException {
    Plan some = Plans.copy("m", "users", "people");
    Plan plan =
        new Plan(
            some.form(),
            some.planHash(),
            some.spec(),
            some.catalogHash(),
            List.of(engine.scope().move()),
            some.steps(),
            some.refusals(),
            some.warnings());
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update("UPDATE kedge.migration SET plan = ?", CanonicalJson.text(plan));
    }
  }

  private Evidence seal(Comparison seen) throws SQLException {
    return new EvidenceSeal(
            engine.database(),
            new SealRequest(engine.scope().scope(), Gate.READS, "sha256:p", List.of(seen)))
        .seal();
  }

  private void assertNotComparable(Comparison seen, String reason) throws SQLException {
    assertTrue(seen.notComparable() > 0, seen.toString());
    assertEquals(0, seen.missing() + seen.extra() + seen.different(), seen.toString());
    assertTrue(seen.reasons().toString().contains(reason), seen.toString());
    Evidence evidence = seal(seen);
    assertFalse(evidence.clean());
    assertTrue(evidence.content().contains(reason), evidence.content());
  }

  @Test
  void rightsThatWereTakenAway() throws SQLException {
    for (String table : List.of("users", "people", "kedge.log_1_1")) {
      postgres.run("REVOKE ALL ON " + table + " FROM some_worker");
      assertNotComparable(
          compare(BOUNDS), "permission denied for table " + table.replace("kedge.", ""));
      postgres.run("GRANT ALL ON " + table + " TO some_worker");
      assertEquals(0, compare(BOUNDS).unproven());
    }
  }

  @Test
  void rowsThatBecameHidden() throws SQLException {
    postgres.run(
        "ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON people USING (id < 50)");
    assertNotComparable(compare(BOUNDS), "row-level security");
  }

  @Test
  void oneMillisecondForAStatement() throws SQLException {
    Bounds hasty = new Bounds(Duration.ofMillis(200), 1_000, 10_000, Duration.ofMillis(1));
    postgres.run(
        """
        CREATE OR REPLACE FUNCTION public.fatal(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          PERFORM pg_sleep(0.002);
          RETURN v;
        END $$""");
    Comparison seen = compare(hasty);
    assertNotComparable(seen, "statement timeout");
    assertEquals(0, seen.comparedRows());
  }

  @Test
  void aSessionThatIsKilledEachTime() throws SQLException {
    postgres.run("UPDATE fate SET most = 1000000");
    Comparison seen = compare(BOUNDS);
    assertNotComparable(seen, "terminating connection");
    assertEquals(0, seen.comparedRows());
    assertTrue(Long.parseLong(Fixture.value(postgres, "SELECT last_value FROM deaths")) > 1);
  }

  @Test
  void aSessionThatIsKilledOnceIsMadeAnewAndNothingIsCountedTwice() throws SQLException {
    postgres.run("SET kedge.applier = 'm'; UPDATE people SET v = 0 WHERE id IN (1, 51)");
    postgres.run("UPDATE fate SET most = 1");
    Comparison seen = compare(BOUNDS);
    assertEquals(100, seen.comparedRows());
    assertEquals(2, seen.different(), seen.toString());
    assertEquals(0, seen.notComparable());
  }

  @Test
  void aTableThatIsGone() throws SQLException {
    postgres.run("ALTER TABLE people RENAME TO folk");
    assertNotComparable(compare(BOUNDS), "does not exist");
  }

  @Test
  void aRowThatCannotBeReadAnyMore() throws SQLException {
    postgres.run(
        """
        CREATE OR REPLACE FUNCTION public.fatal(v int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF v = 77 THEN RAISE EXCEPTION 'the secret is %', v; END IF;
          RETURN v;
        END $$""");
    Comparison seen = compare(BOUNDS);
    assertNotComparable(seen, "a function or trigger raised an error");
    assertEquals(1, seen.notComparable(), seen.toString());
    assertFalse(seen.toString().contains("secret"), seen.toString());
  }
}
