package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.registry.PostgresRegistryActivities;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Readings one after another, and what the row says of them. */
final class GuardedMoveTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  GuardedMoveTest() {}

  @Test
  void aSlotThatNobodyReadsStopsItAndOnceItIsGoneItGoesOn() throws Exception {
    ThrottledMove move =
        ThrottledMove.start(postgres, 10, throttle(new Limit(Signal.SLOT_RETENTION, 4_000_000)));
    move.tick();
    assertEquals(1.0, move.budget());
    postgres.run("SELECT pg_create_physical_replication_slot('idle', true)");
    try {
      postgres.run("CREATE TABLE w AS SELECT repeat('x', 1000) FROM generate_series(1, 6000)");
      for (int i = 0; i < 5; i++) {
        move.tick();
      }
      assertEquals(0.0, move.budget());
      assertTrue(move.limitedBy().matches("slotRetention [0-9.]+MB of 4MB"), move.limitedBy());
    } finally {
      postgres.run("SELECT pg_drop_replication_slot('idle')");
    }
    for (int i = 0; i < 3; i++) {
      move.tick();
    }
    assertTrue(move.budget() > 0);
  }

  @Test
  void aCommitIsTimed() throws Exception {
    ThrottledMove move =
        ThrottledMove.start(postgres, 10, throttle(new Limit(Signal.COMMIT_LATENCY, 60_000)));

    move.tick();

    Double millis = move.report().readings().get(0).value();
    assertTrue(millis != null && millis > 0 && millis < 60_000, "was " + millis);
  }

  @Test
  void aStallPausesAndAMoveThatNobodyHasBegunDoesNot() throws Exception {
    ThrottledMove move =
        ThrottledMove.start(
            postgres,
            10,
            new Guards(List.of(), List.of(new Limit(Signal.STALLED_FOR, 60_000)), List.of()));
    for (int i = 0; i < 20; i++) {
      move.tick(Duration.ofSeconds(9));
    }
    assertEquals("null", move.row("trip"));
    postgres.run("UPDATE kedge.move SET started_at = now()");
    for (int i = 0; i < 9; i++) {
      move.tick(Duration.ofSeconds(9));
    }
    assertTrue(move.row("trip").startsWith("guard pause: stalledFor "), move.row("trip"));
  }

  @Test
  void theRateIsTunedAndTheStatusShowsWhatGuardsSaw() throws Exception {
    ThrottledMove move =
        ThrottledMove.start(postgres, 10, throttle(new Limit(Signal.DIFFERENCES, 1)));
    PostgresRegistryActivities registry =
        new PostgresRegistryActivities(postgres.databases(), MigrationProgress::read);
    registry.tune(new TuneRequest(move.scope().scope(), null, null, 500L));
    registry.tune(new TuneRequest(move.scope().scope(), 3, null));
    postgres.run(
        """
        INSERT INTO kedge.finding (migration, move, key, kind)
        SELECT id, 1, ARRAY['1'], 'missing' FROM kedge.migration""");
    Throttle throttle = move.throttle(1);
    throttle.turn();
    move.tick();

    assertEquals("500", Fixture.value(postgres, "SELECT max_rate FROM kedge.migration"));
    assertEquals(31, throttle.mostRows());
    ThrottleReport report = move.report();
    assertEquals("differences 1 of 1", report.limitedBy());
    assertEquals("stands still: differences 1 of 1", report.observations().get(0).words());
  }

  private static Guards throttle(Limit limit) {
    return new Guards(List.of(limit), List.of(), List.of());
  }
}
