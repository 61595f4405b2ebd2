package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A chunk that would take a minute, and an application that wants its table at once. */
final class CourtesyTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  CourtesyTest() {}

  @Test
  void aChunkThatSomebodyWaitsForIsCancelledAndDoneAgain() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        CREATE TABLE slow (id int);
        INSERT INTO slow VALUES (1);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 500) i;
        CREATE FUNCTION public.slowly(v text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM public.slow) THEN
            PERFORM pg_sleep(60);
          END IF;
          RETURN v;
        END $$""");
    CopyEngine engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.slowly(v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
    postgres.run(
        """
        UPDATE kedge.migration SET plan =
          '{"spec": {"guards": {"throttle": [{"signal": "blockedByUs", "bound": 5}]}}}'""");
    Concurrently<LaneResult> lane =
        Concurrently.start(
            () ->
                engine
                    .activities()
                    .fillRanges(new LaneRequest(engine.scope(), 1, Duration.ofMinutes(1))));
    Concurrently.until(
        postgres,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())");

    long begun = System.nanoTime();
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      Sql sql = new Sql(application);
      sql.execute("LOCK TABLE a IN ACCESS EXCLUSIVE MODE");
      double waited = (System.nanoTime() - begun) / 1e9;
      sql.execute("DELETE FROM slow");
      application.commit();
      assertTrue(waited < 2, "waited " + waited + " s for a chunk of a minute");
    }

    assertEquals(Outcome.DONE, lane.result().outcome());
    assertEquals("500", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertTrue(
        Fixture.value(postgres, "SELECT string_agg(words, ', ') FROM kedge.observation")
            .contains("cancelled a chunk that somebody waited for"));
  }
}
