package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.registry.PostgresRegistryActivities;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A fence that waits for one chunk is not overtaken by the next. */
final class AnnouncedFenceTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void noChunkBeginsWhileAFenceWaitsForAnother() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'v' || i FROM generate_series(1, 1000) i""");
    CopyEngine engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    engine.cutAt("500");
    engine.claim("one");
    Claim second = engine.claim("other");
    Ledger ledger = engine.ledger();
    Chunk chunk = new Chunk(engine.database(), ledger, new CopyFiller(), 1);
    RangeWork lane = new RangeWork(ledger, chunk, null, new Tally(), RangeWork.Effort.usual());
    lane.take(second);

    try (Connection underWay = postgres.connect();
        Statement statement = underWay.createStatement()) {
      underWay.setAutoCommit(false);
      statement.execute("SELECT FROM kedge.range WHERE range = 1 FOR NO KEY UPDATE");
      Concurrently<Long> fence =
          Concurrently.start(
              () ->
                  new PostgresRegistryActivities(postgres.databases(), (sql, name) -> null)
                      .fence(new FenceRequest(engine.scope().scope(), false, "paused")));
      Concurrently.untilWaiting(postgres, "fence");

      assertEquals(Optional.empty(), chunk.fill(second, 100));
      assertEquals(RangeWork.Next.FENCED, lane.step());
      underWay.rollback();
      fence.result();
    }
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }
}
