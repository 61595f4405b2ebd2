package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.synchronous.MoveRounds;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A round over very many keys ends for a TRUNCATE or DDL of the application's that waits. */
final class GivingWayTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;
  private MoveRounds rounds;

  @BeforeEach
  void copied() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, 'old' FROM generate_series(1, 6000) i""");
    engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").column("v", "public.held(id, v)").plan(1));
    engine.lane();
    engine.round();
    rounds = new MoveRounds(engine.database(), engine.scope(), engine.ledger().migration());
  }

  @Test
  void whoWaitsGetsTheLockAndTheKeysComeInPieces() throws Exception {
    postgres.run("UPDATE a SET v = 'new'");
    Concurrently<TailRound.Done> round;
    try (Hold hold = Hold.on(postgres, 3_000)) {
      round = Concurrently.start(this::round);
      Concurrently.untilWaiting(postgres, "tail");
      lock("10s");
      hold.letGo();
    }

    assertEquals("57014", assertThrows(SQLException.class, round::result).getSQLState());
    assertEquals("6000", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'new'"));
    assertEquals(6_000, round().keys());
  }

  @Test
  void theRoundAfterItComesThroughWhole() throws Exception {
    postgres.run("UPDATE a SET v = 'new'");
    Concurrently<TailRound.Done> first;
    try (Hold hold = Hold.on(postgres, 3_000)) {
      first = Concurrently.start(this::round);
      Concurrently.untilWaiting(postgres, "tail");
      lock("10s");
      hold.letGo();
    }
    assertThrows(SQLException.class, first::result);
    postgres.run("UPDATE a SET v = 'newer'");

    try (Hold hold = Hold.on(postgres, 3_000)) {
      Concurrently<TailRound.Done> second = Concurrently.start(this::round);
      Concurrently.untilWaiting(postgres, "tail");
      assertEquals("55P03", assertThrows(SQLException.class, () -> lock("500ms")).getSQLState());
      hold.letGo();
      assertEquals(6_000, second.result().keys());
    }
    assertEquals("6000", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'newer'"));
  }

  @Test
  void whatIsTruncatedMeanwhileIsGoneAfterTheNextRound() throws Exception {
    postgres.run("UPDATE a SET v = 'new'");
    Concurrently<TailRound.Done> round;
    try (Hold hold = Hold.on(postgres, 3_000)) {
      round = Concurrently.start(this::round);
      Concurrently.untilWaiting(postgres, "tail");
      postgres.run("SET lock_timeout = '10s'; TRUNCATE a; INSERT INTO a VALUES (7, 'seven')");
      hold.letGo();
    }
    assertThrows(SQLException.class, round::result);

    round();

    assertEquals(
        "7 seven", Fixture.value(postgres, "SELECT string_agg(id || ' ' || v, ', ') FROM b"));
  }

  @Test
  void aSmallRoundIsNotWorthIt() throws Exception {
    postgres.run("UPDATE a SET v = 'new' WHERE id <= 100");
    try (Hold hold = Hold.on(postgres, 50)) {
      Concurrently<TailRound.Done> round = Concurrently.start(this::round);
      Concurrently.untilWaiting(postgres, "tail");
      assertEquals("55P03", assertThrows(SQLException.class, () -> lock("500ms")).getSQLState());
      hold.letGo();
      assertEquals(100, round.result().keys());
    }
  }

  private TailRound.Done round() throws SQLException {
    return rounds.run(engine.look());
  }

  private void lock(String patience) throws SQLException {
    postgres.run(
        "SET lock_timeout = '%s'; BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE; COMMIT"
            .formatted(patience));
  }
}
