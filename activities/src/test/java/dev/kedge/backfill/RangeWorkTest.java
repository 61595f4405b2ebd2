package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a lane does on its range when others touch the range's row. */
final class RangeWorkTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  @BeforeEach
  void rows() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'v' FROM generate_series(1, 1000) i""");
    engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").chunk(Duration.ofSeconds(10)).plan(1));
  }

  @Test
  void noChunkComesBeforeTheRangesFirstSnapshotHoweverOftenThatFails() throws SQLException {
    Ledger ledger = engine.ledger();
    Claim claim = ledger.claim("x").orElseThrow();
    RangeWork work = work(ledger, new Tally());
    try (Connection inTheWay = postgres.connect()) {
      inTheWay.setAutoCommit(false);
      new Sql(inTheWay).execute("SELECT FROM kedge.range FOR UPDATE");
      assertEquals(RangeWork.Next.MORE, work.take(claim));
      assertEquals(RangeWork.Next.MORE, work.step());
    }

    assertEquals(RangeWork.Next.MORE, work.step());
    assertEquals(
        "t null",
        Fixture.value(
                postgres,
                "SELECT (applied IS NOT NULL) || ' ' || coalesce(cursor[1], 'null') FROM kedge.range")
            .replace("true", "t"));
    assertEquals(RangeWork.Next.MORE, work.step());
    assertEquals("100", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void aLaneGoesOnWithWhatIsLeftOfARangeThatWasCut() throws SQLException {
    Ledger ledger = engine.ledger();
    Heartbeat cutting =
        new Heartbeat(
            () -> {
              postgres.run(
                  """
                  BEGIN;
                  UPDATE kedge.range SET hi = ARRAY['600'], turn = turn + 1;
                  INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, epoch)
                  SELECT migration, move, 2, ARRAY['600'], NULL, ARRAY['600'], epoch FROM kedge.range;
                  INSERT INTO kedge.lease (migration, move, range)
                  SELECT migration, move, 2 FROM kedge.range WHERE range = 1;
                  COMMIT""");
              return null;
            },
            progress -> {});

    LaneResult result =
        new Lane(ledger, tally -> work(ledger, tally), cutting, Duration.ofMinutes(1)).run();

    assertEquals(Outcome.DONE, result.outcome());
    assertEquals(1_000, result.rows());
    assertEquals(
        "600 400",
        Fixture.value(
            postgres, "SELECT string_agg(rows::text, ' ' ORDER BY range) FROM kedge.range"));
  }

  private RangeWork work(Ledger ledger, Tally tally) {
    return new RangeWork(
        ledger,
        new Chunk(engine.database(), ledger, new CopyFiller(), 1),
        new RangeRound(engine.database(), ledger),
        tally,
        new RangeWork.Effort(ChunkSize.of(100), 20));
  }
}
