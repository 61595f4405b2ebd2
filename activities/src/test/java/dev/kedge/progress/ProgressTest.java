package dev.kedge.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.MoveProgress.LongestRound;
import dev.kedge.activity.MoveProgress.Quarantined;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Transaction;
import dev.kedge.progress.Progress.LatestChunk;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What lanes say in their heartbeats. */
final class ProgressTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private CopyEngine engine;

  ProgressTest() {}

  @BeforeEach
  void move() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int);
        CREATE TABLE b (id int PRIMARY KEY, v text, n int)""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.cutAt("1000");
    postgres.run("UPDATE kedge.move SET rows_total = 100000");
  }

  @Test
  void theEndHasASpreadFromTheBestToTheWorstRateOfLate() throws SQLException {
    sample(null);
    MoveProgress quick = fourSecondsLater(4_000, new LatestChunk(500, 41));
    assertEquals(500L, quick.chunkRows());
    assertEquals(41L, quick.chunkMillis());
    assertBetween(900, 1_000, quick.rowsPerSecond());
    assertEquals(quick.etaSeconds(), quick.etaLowSeconds());
    assertEquals(quick.etaSeconds(), quick.etaHighSeconds());

    MoveProgress slow = fourSecondsLater(4_400, null);
    assertEquals(41L, slow.chunkMillis());
    assertBetween(90, 100, slow.rowsPerSecond());
    assertBetween(90, 125, slow.etaLowSeconds());
    assertBetween(950, 1_100, slow.etaHighSeconds());

    MoveProgress stopped = fourSecondsLater(4_400, null);
    assertEquals(0.0, stopped.rowsPerSecond());
    assertNull(stopped.etaSeconds());
    assertNull(stopped.etaHighSeconds());
  }

  @Test
  void aPauseIsNoRate() throws SQLException {
    sample(null);
    fourSecondsLater(4_000, null);
    postgres.run("UPDATE kedge.move SET sampled_at = sampled_at - interval '2 hours'");
    MoveProgress resumed = sample(null);
    assertNull(resumed.rowsPerSecond());
    assertNull(resumed.etaLowSeconds());
    assertBetween(900, 1_000, fourSecondsLater(8_000, null).rowsPerSecond());
  }

  @Test
  void whatLimitsIsInEveryHeartbeat() throws SQLException {
    assertNull(sample(null).throttledBy());
    postgres.run(
        """
        INSERT INTO kedge.throttle (migration, epoch, cause, checked_at)
        SELECT id, epoch, '{"signal": "replicationLag", "words": "replicationLag 3.2s of 2s", "since": 0}',
          clock_timestamp()
        FROM kedge.migration""");
    assertEquals("replicationLag 3.2s of 2s", sample(null).throttledBy());
    postgres.run("UPDATE kedge.move SET blocked = 'waits for pid 7'");
    assertEquals("waits for pid 7", sample(null).throttledBy());
    assertEquals("trailing", sample(null).following());
  }

  @Test
  void rowsInQuarantineAreCountedAndSomeNamed() throws SQLException {
    assertNull(sample(null).quarantine());
    MoveScope scope =
        new MoveScope(engine.scope().scope(), engine.scope().move().withQuarantine(true));
    assertEquals(new Quarantined(0, List.of()), sampleOf(scope).quarantine());
    postgres.run(
        """
        INSERT INTO kedge.quarantine (migration, move, key, sqlstate, words, times)
        SELECT id, 1, ARRAY[i::text, 'x'], '22P02', 'it cannot be', 2
        FROM kedge.migration, generate_series(1, 7) i""");
    Quarantined rows = Objects.requireNonNull(sampleOf(scope).quarantine());
    assertEquals(7, rows.rows());
    assertEquals(5, rows.examples().size());
    assertEquals(new Quarantined.Example("1,x", "it cannot be", 2), rows.examples().get(0));
  }

  @Test
  void theLongestRoundOfTheTailIsKept() throws SQLException {
    assertNull(sample(null).longestRound());
    for (int[] round : new int[][] {{3, 10}, {7_600, 200_000}, {5, 300_000}}) {
      engine
          .database()
          .inTransaction(
              Transaction.readCommitted("m", "tail"),
              sql -> {
                new TailRow(engine.scope(), engine.ledger().migration())
                    .applied(sql, null, round[1], round[0]);
                return "";
              });
    }
    LongestRound longest = Objects.requireNonNull(sample(null).longestRound());
    assertEquals(7_600, longest.millis());
    assertEquals(200_000, longest.keys());
  }

  private MoveProgress sampleOf(MoveScope scope) throws SQLException {
    return Progress.sample(engine.database(), scope, engine.ledger().migration(), null);
  }

  private MoveProgress fourSecondsLater(long rows, @Nullable LatestChunk chunk)
      throws SQLException {
    postgres.run(
        """
        UPDATE kedge.move SET sampled_at = clock_timestamp() - interval '4 seconds';
        UPDATE kedge.range SET rows = %d WHERE range = 1"""
            .formatted(rows));
    return sample(chunk);
  }

  private MoveProgress sample(@Nullable LatestChunk chunk) throws SQLException {
    return Progress.sample(engine.database(), engine.scope(), engine.ledger().migration(), chunk);
  }

  private static void assertBetween(double low, double high, @Nullable Double value) {
    assertTrue(value != null && value >= low && value <= high, () -> "got " + value);
  }
}
