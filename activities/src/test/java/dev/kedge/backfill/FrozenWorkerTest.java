package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker that stands still inside a chunk's transaction loses it, and what it wrote with it. */
final class FrozenWorkerTest {
  private static final Duration CHUNK = Duration.ofMillis(50);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  FrozenWorkerTest() {}

  @BeforeEach
  void copies() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 1000) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").chunk(CHUNK).plan(1));
  }

  @Test
  void isCutOffWithinTwoChunksAndChangesNothingWhenItWakes() throws Exception {
    Freezing filler = new Freezing(1);
    Claim claim = engine.claim("frozen");
    Ledger ledger = engine.ledger();
    Concurrently<SQLException> frozen =
        Concurrently.start(
            () ->
                assertThrows(
                    SQLException.class,
                    () -> new Chunk(engine.database(), ledger, filler, 1).fill(claim, 100)));
    filler.frozen.await();
    double longest = silentUntilCutOff();

    // Polled, so a little more than the 100 ms may be seen.
    assertTrue(longest < 1, "was silent for " + longest + " s");
    postgres.run("SET lock_timeout = '1s'; UPDATE kedge.range SET rows = rows");
    filler.awake.countDown();
    SQLException error = frozen.result();
    assertEquals(SqlStates.Kind.UNAVAILABLE, SqlStates.kindOf(error));
    assertTrue(SqlStates.wasSilent(error), String.valueOf(error.getSQLState()));
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertEquals("null", Fixture.value(postgres, "SELECT cursor::text FROM kedge.range"));
  }

  @Test
  void goesOnQuietlyHoweverOftenItStoodStill() throws Exception {
    Freezing filler = new Freezing(5);
    Ledger ledger = engine.ledger();
    Concurrently<LaneResult> lane =
        Concurrently.start(
            () ->
                new Lane(
                        ledger,
                        tally ->
                            new RangeWork(
                                ledger,
                                new Chunk(engine.database(), ledger, filler, 1),
                                new RangeRound(engine.database(), ledger),
                                tally,
                                RangeWork.Effort.usual()),
                        Heartbeat.ofActivity(() -> null),
                        Duration.ofMinutes(1))
                    .run());
    filler.frozen.await();
    filler.wakeAsSoonAsCutOff();

    assertEquals(Outcome.DONE, lane.result().outcome());
    assertEquals(5, filler.times.get());
    assertEquals("1000", Fixture.value(postgres, "SELECT count(*) FROM b"));
    assertEquals("1000", Fixture.value(postgres, "SELECT sum(rows) FROM kedge.range"));
  }

  /** How long, as the server saw it, the chunk's transaction was silent before it was gone. */
  private double silentUntilCutOff() throws SQLException {
    double longest = 0;
    while (true) {
      double now =
          Double.parseDouble(
              Fixture.value(
                  postgres,
                  """
                  SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), -1)
                  FROM pg_stat_activity
                  WHERE datname = current_database() AND application_name = 'kedge:m:fill'
                    AND state = 'idle in transaction'"""));
      if (now < 0) {
        return longest;
      }
      longest = Math.max(longest, now);
    }
  }

  /** Copies, and then stands still, the first few times. */
  private final class Freezing implements Filler {
    private final CopyFiller copies = new CopyFiller();
    private final int often;
    private final CountDownLatch frozen = new CountDownLatch(1);
    private final CountDownLatch awake = new CountDownLatch(1);
    private final AtomicInteger times = new AtomicInteger();
    private boolean untilCutOff;

    Freezing(int often) {
      this.often = often;
    }

    void wakeAsSoonAsCutOff() {
      untilCutOff = true;
      awake.countDown();
    }

    @Override
    public long fill(Sql sql, MoveScope request, KeyRange chunk) throws SQLException {
      long rows = copies.fill(sql, request, chunk);
      if (times.get() < often) {
        times.incrementAndGet();
        frozen.countDown();
        await();
        if (untilCutOff) {
          silentUntilCutOff();
        }
      }
      return rows;
    }

    private void await() {
      try {
        awake.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
