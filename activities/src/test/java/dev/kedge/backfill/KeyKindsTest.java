package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceFiller;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.ledger.RangeMaker;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.KeyKind;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.Projection;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A move walks along a key of any kind, in chunks of any size, whatever is killed. */
final class KeyKindsTest {
  private static final long SEED = 20_240_229;
  // Chunks are not to be halved because the machine is slow.
  private static final Duration PATIENT = Duration.ofSeconds(20);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @ParameterizedTest
  @EnumSource(KeyKind.class)
  void everyRowIsWrittenOnceAndFollowed(KeyKind kind) throws SQLException {
    kind.prepare(postgres);
    kind.create(postgres);
    fillInPlace(kind);
    postgres.run("DROP SCHEMA kedge CASCADE; DROP TABLE a, b");
    kind.create(postgres);
    CopyEngine engine = started(kind);
    copy(kind, engine, 40, 1, 20, 2);
    copy(kind, engine, 160, 7, 60, 2);
    copy(kind, engine, 2_500, 1_000, 1_250, 1);
    follow(kind, engine);
  }

  private void follow(KeyKind kind, CopyEngine engine) throws SQLException {
    again(kind, engine.scope(), 300, 100);
    Claim claim = engine.claim("one");
    postgres.run(kind.insert("a", "i BETWEEN 301 AND 310"));
    Claim half = engine.fill(claim, 40).orElseThrow();
    postgres.run("UPDATE a SET v = v + 10000 WHERE v % 3 = 0; DELETE FROM a WHERE v % 5 = 0");

    assertTrue(engine.apply(half));

    assertEquals("0", Fixture.value(postgres, behind(engine, half)));
    expireLeases();
    engine.lane();
    postgres.run("DELETE FROM a WHERE v % 7 = 0; UPDATE a SET v = v + 10000 WHERE v % 4 = 0");
    postgres.run(kind.insert("a", "i BETWEEN 311 AND 320"));
    engine.round();
    assertEquals("0", Fixture.value(postgres, KeyKind.differences()));
    postgres.run("TRUNCATE a");
    postgres.run(kind.insert("a", "i BETWEEN 1 AND 20"));
    engine.round();
    assertEquals("0", Fixture.value(postgres, KeyKind.differences()));
  }

  private void fillInPlace(KeyKind kind) throws SQLException {
    postgres.run(kind.insert("a", "i <= 120"));
    postgres.run(
        """
        ALTER TABLE a ADD COLUMN w bigint, ADD COLUMN touches int NOT NULL DEFAULT 0;
        CREATE FUNCTION public.count_touch() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.touches := OLD.touches + 1; RETURN NEW; END';
        CREATE TRIGGER count_touch BEFORE UPDATE ON a
          FOR EACH ROW EXECUTE FUNCTION public.count_touch()""");
    MoveScope scope = InPlaceMove.of(postgres, "a").column("w", "v * 2").register();
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), scope);
    split(scope, 40);
    Filler killed = killing(new InPlaceFiller(), new Random(SEED), 2);

    while (lane(scope, killed, 2, 7, 10_000) != Outcome.DONE) {
      expireLeases();
    }

    assertEquals(
        "120 120 1",
        Fixture.value(
            postgres,
            "SELECT count(*) || ' ' || sum(touches) || ' ' || max(touches) FROM a WHERE w = v * 2"));
  }

  private void copy(
      KeyKind kind, CopyEngine engine, int rows, int chunk, int rowsPerRange, int kills)
      throws SQLException {
    again(kind, engine.scope(), rows, rowsPerRange);
    long before = engine.scope().scope().epoch();
    run(engine, killing(new CopyFiller(), new Random(SEED), kills), chunk);

    assertEquals("0", Fixture.value(postgres, KeyKind.differences()));
    assertEquals(
        rows + " " + rows,
        Fixture.value(
            postgres, "SELECT count(*) || ' ' || count(DISTINCT key COLLATE \"C\") FROM touch"));
    assertEquals(
        String.valueOf(rows), Fixture.value(postgres, "SELECT sum(rows) FROM kedge.range"));
    int least = (rows + chunk - 1) / chunk;
    int chunks = Integer.parseInt(Fixture.value(postgres, "SELECT count(*) FROM chunk"));
    assertTrue(chunks >= least && chunks <= 2 * least, chunks + " chunks where " + least + " do");
    assertTrue(engine.scope().scope().epoch() > before || chunk > 7, "no epoch ended");
  }

  /** The move, with counters of what is written and committed. */
  private CopyEngine started(KeyKind kind) throws SQLException {
    postgres.run(
        """
        CREATE TABLE touch (key text);
        CREATE FUNCTION public.touched() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO public.touch VALUES (ROW(%s)::text); RETURN NULL; END $$;
        CREATE TRIGGER touched AFTER INSERT ON b FOR EACH ROW EXECUTE FUNCTION public.touched();
        ALTER TABLE b ENABLE ALWAYS TRIGGER touched;
        CREATE TABLE chunk (n bigint GENERATED ALWAYS AS IDENTITY)"""
            .formatted("NEW." + String.join(", NEW.", kind.names())));
    CopyEngine engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").chunk(PATIENT).plan(1));
    postgres.run(
        """
        CREATE FUNCTION public.walked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO public.chunk DEFAULT VALUES; RETURN NULL; END $$;
        CREATE TRIGGER walked AFTER UPDATE ON kedge.range FOR EACH ROW
        WHEN (OLD.cursor IS DISTINCT FROM NEW.cursor OR OLD.state = 'open' AND NEW.state <> 'open')
        EXECUTE FUNCTION public.walked()""");
    return engine;
  }

  /** The move from its beginning, over so many rows. */
  private void again(KeyKind kind, MoveScope scope, int rows, int rowsPerRange)
      throws SQLException {
    postgres.run("SET kedge.applier = 'm'; TRUNCATE a, b, touch, chunk");
    postgres.run("SET kedge.applier = 'm'; " + kind.insert("a", "i <= " + rows));
    split(scope, rowsPerRange);
  }

  private void split(MoveScope scope, int rowsPerRange) throws SQLException {
    postgres.run("DELETE FROM kedge.range; ANALYZE a");
    postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "test"),
            sql -> {
              RangeMaker.make(sql, 1, scope.move(), scope.scope().epoch(), rowsPerRange);
              return true;
            });
    assertTrue(
        Integer.parseInt(Fixture.value(postgres, "SELECT count(*) FROM kedge.range")) > 1,
        "one range only");
  }

  /** As Temporal does: again and again, here with epochs that end now and then. */
  private void run(CopyEngine engine, Filler filler, int chunk) throws SQLException {
    Random random = new Random(SEED);
    for (int attempt = 0; attempt < 200; attempt++) {
      // The first turn is over before the work is, however fast that goes.
      int millis = attempt == 0 ? 5 : 20 + random.nextInt(40);
      if (lane(engine.scope(), filler, 1, chunk, millis) == Outcome.DONE) {
        return;
      }
      if (attempt == 0 || (attempt < 4 && random.nextBoolean())) {
        engine.bump();
      } else {
        expireLeases();
      }
    }
    throw new AssertionError("it does not end");
  }

  private Outcome lane(MoveScope scope, Filler filler, int passes, int chunk, int millis)
      throws SQLException {
    Ledger ledger = Ledger.open(postgres.database(), scope);
    Heartbeat nobody = new Heartbeat(() -> null, progress -> {});
    RangeRound round = passes == 1 ? new RangeRound(postgres.database(), ledger) : null;
    RangeWork.Maker maker =
        tally ->
            new RangeWork(
                ledger,
                new Chunk(postgres.database(), ledger, filler, passes),
                round,
                tally,
                new RangeWork.Effort(ChunkSize.of(chunk), 20));
    try {
      LaneResult result = new Lane(ledger, maker, nobody, Duration.ofMillis(millis)).run();
      return result.outcome();
    } catch (ApplicationFailure e) {
      assertEquals(Failures.UNAVAILABLE, e.getType(), e.getMessage());
      return Outcome.BUDGET;
    }
  }

  /** Kills the backend that fills, before or after the rows are written, so many times. */
  private static Filler killing(Filler filler, Random random, int kills) {
    int[] left = {kills};
    return (sql, request, range) -> {
      boolean kill = left[0] > 0 && random.nextInt(3) == 0;
      left[0] -= kill ? 1 : 0;
      if (kill && random.nextBoolean()) {
        kill(sql);
      }
      long rows = filler.fill(sql, request, range);
      if (kill) {
        kill(sql);
      }
      return rows;
    };
  }

  private static void kill(Sql sql) throws SQLException {
    sql.one("SELECT pg_terminate_backend(pg_backend_pid())", row -> true);
  }

  /** How many rows at or before the cursor differ, in what the range's owner answers for. */
  private String behind(CopyEngine engine, Claim claim) throws SQLException {
    KeyRange done = claim.done().orElseThrow();
    Projection projection = Projection.forward(engine.scope().move());
    try (Connection connection = postgres.connect()) {
      Applier applier = new Applier(projection);
      return "SELECT " + applier.differences(new Sql(connection), done);
    }
  }

  private void expireLeases() throws SQLException {
    postgres.run("UPDATE kedge.lease SET expires = now()");
  }
}
