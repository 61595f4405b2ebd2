package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.RegistryActivities.Observation;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.CheckRole;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A query of the spec, read by a role that may read one table. */
final class QueryTest {
  private static final String QUERY = "SELECT depth FROM public.queue";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  QueryTest() {}

  @BeforeEach
  void grants() throws SQLException {
    postgres.run(
        """
        DROP ROLE IF EXISTS kedge_check;
        CREATE ROLE kedge_check LOGIN;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE TABLE public.queue (depth double precision);
        INSERT INTO public.queue VALUES (10);
        GRANT SELECT ON public.queue TO kedge_check""");
    checkRole();
  }

  @AfterEach
  void revokes() throws SQLException {
    postgres.run("DROP OWNED BY kedge_check; DROP ROLE kedge_check");
  }

  @Test
  void isOneNumberOrNotKnown() throws SQLException {
    ThrottledMove move = ThrottledMove.start(postgres, 10, Guards.NONE);

    assertEquals(Value.of(10), value(move, QUERY));
    assertEquals(Value.of(10), value(move, QUERY + " -- ? ;"));
    assertUnknown("it returned NULL", value(move, "SELECT NULL::int"));
    assertUnknown("it is not a number", value(move, "SELECT 'NaN'::double precision"));
    assertUnknown("it is not a number", value(move, "SELECT 'Infinity'::double precision"));
    assertUnknown("it returned no row", value(move, QUERY + " WHERE false"));
    assertUnknown(
        "it returned more than one row", value(move, "SELECT generate_series(1, 1000000)"));
    assertUnknown("it returns something else than one number", value(move, "SELECT 1, 2"));
    assertUnknown("it returns something else than one number", value(move, "SELECT 'much'"));
    assertUnknown("it took longer than a second", value(move, "SELECT 1 FROM pg_sleep(3)"));
    assertUnknown(
        "the query is not one statement", value(move, "SELECT 1; DELETE FROM public.queue"));
    assertUnknown("it failed with SQLSTATE 22P02", value(move, "SELECT 'secret'::int"));
    assertUnknown(
        "it failed with SQLSTATE 25006", value(move, "SELECT nextval('pg_catalog.nothing')"));
  }

  private static void assertUnknown(String problem, Value value) {
    if (problem.endsWith("25006") || problem.contains("one statement")) {
      assertFalse(value.number() != null, String.valueOf(value.number()));
    } else {
      assertEquals(Value.unknown(problem), value);
    }
  }

  @Test
  void whatTheRoleMayBesideReadingIsNamed() throws SQLException {
    CheckRole role = postgres.database().checkRole().orElseThrow();
    assertEquals("", role.excess());
    postgres.run("GRANT UPDATE (depth) ON public.queue TO kedge_check");
    assertEquals("it may write queue", role.excess());
    postgres.run("GRANT pg_write_all_data TO kedge_check");
    assertEquals("it is a member of pg_write_all_data", role.excess());
    postgres.run("ALTER ROLE kedge_check SUPERUSER");
    assertEquals("it is a superuser", role.excess());
  }

  @Test
  void withoutARoleForChecksNothingIsKnown() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, Guards.NONE);
    postgres.failOverTo(postgres.server());

    assertUnknown(
        "this worker's configuration names no role for checks (roles: check)", value(move, QUERY));
  }

  /** Healthy, too high for three hours, an error, no row, NULL, healthy again. */
  @Test
  void stopsOnEveryUnknownAndGoesOnByItselfAndTheReasonIsThereAllAlong() throws Exception {
    ThrottledMove move =
        ThrottledMove.start(
            postgres,
            400_000,
            new Guards(
                List.of(new Limit(Signal.QUERY, 100, "queue-depth", QUERY)),
                List.of(new Limit(Signal.STALLED_FOR, 15 * 60 * 1_000)),
                List.of()));
    move.tick();
    assertEquals(1.0, move.budget());
    postgres.run("UPDATE kedge.migration SET max_rate = 20000");
    Concurrently<LaneResult> lane = move.lane(1, Duration.ofMinutes(5));
    Await.until(() -> move.copied() > 0);

    postgres.run("UPDATE public.queue SET depth = 250");
    for (int i = 0; i < 6; i++) {
      move.tick();
    }
    assertEquals(0.0, move.budget());
    long stood = standing(move);
    for (int i = 0; i < 3 * 60 * 7; i++) {
      move.tick(Duration.ofSeconds(9));
      if (i % 500 == 0) {
        assertEquals("queue-depth 250 of 100", move.limitedBy());
      }
    }
    assertEquals("null", move.row("trip"), "hours throttled are no stall");
    assertFalse(lane.isDone(), "nor a time-out");

    postgres.run("ALTER TABLE public.queue RENAME TO gone");
    move.tick();
    assertTrue(move.limitedBy().startsWith("queue-depth cannot be read: "), move.limitedBy());
    assertTrue(move.limitedBy().contains("42P01"), move.limitedBy());
    postgres.run("ALTER TABLE public.gone RENAME TO queue; DELETE FROM public.queue");
    move.tick();
    assertEquals("queue-depth cannot be read: it returned no row", move.limitedBy());
    postgres.run("INSERT INTO public.queue VALUES (NULL)");
    move.tick();
    assertEquals("queue-depth cannot be read: it returned NULL", move.limitedBy());
    assertEquals(stood, move.copied(), "it stood all along");

    postgres.run("UPDATE kedge.migration SET max_rate = 0; UPDATE public.queue SET depth = 1");
    for (int i = 0; i < 15; i++) {
      move.tick();
    }
    assertEquals(Outcome.DONE, lane.result().outcome());
    assertEquals(400_000, move.copied());
    List<String> said = move.report().observations().stream().map(Observation::words).toList();
    assertEquals("slows down: queue-depth 250 of 100", said.get(0));
    assertEquals("stands still: queue-depth 250 of 100", said.get(1));
    assertTrue(
        said.get(2).matches("stands still: queue-depth cannot be read: .*42P01.*"), said.get(2));
    assertEquals("stands still: queue-depth cannot be read: it returned no row", said.get(3));
    assertEquals("stands still: queue-depth cannot be read: it returned NULL", said.get(4));
    assertTrue(
        said.get(5).matches("goes on slowly, limited by queue-depth for 1[0-9][0-9]m|.* for [34]h"),
        said.get(5));
  }

  /** How much is copied once the lane has seen that it must stop. */
  private static long standing(ThrottledMove move) throws Exception {
    long[] before = {-1};
    Await.until(
        () -> {
          move.tick();
          Thread.sleep(300);
          long now = move.copied();
          boolean same = now == before[0];
          before[0] = now;
          return same;
        });
    return before[0];
  }

  private static Value value(ThrottledMove move, String sql) throws SQLException {
    return new CheckQuery(move.subject()).value(new Limit(Signal.QUERY, 1, "q", sql));
  }

  private void checkRole() {
    postgres
        .databases()
        .checkRole(
            "app", postgres.jdbcUrl().replace("user=kedge", "user=kedge_check"), new Properties());
  }
}
