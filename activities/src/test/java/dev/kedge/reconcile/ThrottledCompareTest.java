package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.throttle.Throttle;
import dev.kedge.throttle.Throttles;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A compare works as the first lane of the budget. */
final class ThrottledCompareTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  ThrottledCompareTest() {}

  @Test
  void standsStillWithoutBudgetAndGoesOnByItself() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 100) i""");
    CopyEngine engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.lane();
    engine.round();
    postgres.run(
        """
        UPDATE kedge.migration SET plan =
          '{"spec": {"guards": {"throttle": [{"signal": "databaseSize", "bound": 1}]}}}'""");
    Throttle throttle =
        new Throttles().alone(engine.database(), engine.scope(), engine.ledger().migration());
    CountDownLatch beats = new CountDownLatch(10);
    Reconciler reconciler =
        new Reconciler(
            engine.database(),
            Notes.subject(engine.database(), engine.scope()).alone(),
            new Bounds(Duration.ofSeconds(1), 1_000, 100),
            now -> beats.countDown(),
            lane -> throttle);
    Concurrently<Comparison> compare = Concurrently.start(() -> reconciler.compareAll("r"));

    beats.await();
    assertFalse(compare.isDone());
    assertEquals("0", Fixture.value(postgres, "SELECT sum(compared) FROM kedge.comparison"));
    // As if the bound had been tuned: the row is what counts.
    postgres.run(
        """
        UPDATE kedge.throttle SET budget = 1, claimed_by = 'me',
          checked_at = clock_timestamp() + interval '1 minute'""");
    engine.round();
    assertEquals(100, compare.result().comparedRows());
  }
}
