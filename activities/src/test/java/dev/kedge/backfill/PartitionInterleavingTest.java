package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.capture.PartitionWatch;
import dev.kedge.capture.PartitionsChanged;
import dev.kedge.ledger.Claim;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Partitions that come, go and are emptied beside chunks and rounds, and what moves between them.
 */
final class PartitionInterleavingTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  PartitionInterleavingTest() {}

  @BeforeEach
  void twoRanges() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int, region text, v text, PRIMARY KEY (id, region))
          PARTITION BY LIST (region);
        CREATE TABLE a_eu PARTITION OF a FOR VALUES IN ('eu') PARTITION BY RANGE (id);
        CREATE TABLE a_eu_1 PARTITION OF a_eu FOR VALUES FROM (MINVALUE) TO (50);
        CREATE TABLE a_eu_2 PARTITION OF a_eu FOR VALUES FROM (50) TO (MAXVALUE);
        CREATE TABLE a_us PARTITION OF a FOR VALUES IN ('us');
        CREATE TABLE a_other PARTITION OF a FOR VALUES IN ('sa', 'xx');
        CREATE TABLE loose (id int, region text, v text, PRIMARY KEY (id, region));
        INSERT INTO loose SELECT 10 * i + 5, 'asia', 'loose' FROM generate_series(1, 10) i;
        CREATE TABLE b (region text, id bigint, v text, PRIMARY KEY (region, id))
          PARTITION BY HASH (id, region);
        CREATE TABLE b_0 PARTITION OF b FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE b_1 PARTITION OF b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO a SELECT 10 * i, (ARRAY['eu', 'us', 'sa'])[1 + i % 3], 'old'
        FROM generate_series(1, 10) i""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b")
                .column("v", "public.held(id, v)")
                .chunk(Duration.ofSeconds(10))
                .plan(1));
    cutAt50();
  }

  // Two ranges, of a key of two columns.
  private void cutAt50() throws SQLException {
    postgres.run(
        """
        DELETE FROM kedge.range;
        INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, epoch)
        SELECT id, 1, r.n, r.lo, r.hi, r.lo, epoch
        FROM kedge.migration, (VALUES (1, NULL::text[], '{50,us}'::text[]), (2, '{50,us}', NULL)) r (n, lo, hi);
        INSERT INTO kedge.lease (migration, move, range)
        SELECT id, 1, n FROM kedge.migration, generate_series(1, 2) n""");
  }

  private void filled() throws SQLException {
    engine.fill(engine.claim("one"), 100);
    engine.fill(engine.claim("two"), 100);
    engine.round();
  }

  @Test
  void whatIsWrittenThroughTheRootOrIntoLeavesArrives() throws SQLException {
    filled();
    postgres.run(
        """
        INSERT INTO a VALUES (7, 'eu', 'new'), (8, 'xx', 'new');
        INSERT INTO a_us VALUES (9, 'us', 'leaf');
        UPDATE a_eu_1 SET v = 'leaf' WHERE id < 30;
        DELETE FROM a_other WHERE id = 50;
        SET session_replication_role = replica;
        INSERT INTO a_us VALUES (11, 'us', 'replica');
        DELETE FROM a_eu_2 WHERE id = 60""");

    engine.round();

    assertSame();
  }

  @Test
  void rowsThatMoveBetweenPartitionsInFlightOfAChunkArriveOnce() throws Exception {
    Claim one = engine.claim("one");
    Concurrently<?> chunk;
    try (Hold hold = Hold.on(postgres, 20)) {
      chunk = Concurrently.start(() -> engine.fill(one, 100));
      Concurrently.untilWaiting(postgres, "fill");
      postgres.run(
          """
          UPDATE a SET region = 'us' WHERE id = 30;
          UPDATE a SET id = 95 WHERE id = 10;
          UPDATE a SET id = 15, region = 'xx' WHERE id = 90""");
      hold.letGo();
    }
    chunk.result();
    engine.fill(engine.claim("two"), 100);

    engine.round();

    assertSame();
  }

  @Test
  void aPartitionAttachedInFlightOfAChunkArrives() throws Exception {
    Claim one = engine.claim("one");
    Concurrently<?> chunk;
    try (Hold hold = Hold.on(postgres, 20)) {
      chunk = Concurrently.start(() -> engine.fill(one, 100));
      Concurrently.untilWaiting(postgres, "fill");
      attach();
      hold.letGo();
    }
    assertThrows(PartitionsChanged.class, chunk::result);
    engine.attend();
    engine.fill(one, 100);
    engine.fill(engine.claim("two"), 100);

    engine.round();

    assertSame();
    assertEquals("10", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'loose'"));
  }

  @Test
  void aPartitionAttachedInFlightOfARoundArrives() throws Exception {
    filled();
    postgres.run("UPDATE a SET v = 'new' WHERE id = 20");
    Concurrently<?> round;
    try (Hold hold = Hold.on(postgres, 20)) {
      round = Concurrently.start(engine::round);
      Concurrently.untilWaiting(postgres, "tail");
      attach();
      postgres.run("UPDATE a SET v = 'at once' WHERE id = 35; DELETE FROM a WHERE id = 45");
      hold.letGo();
    }
    assertThrows(PartitionsChanged.class, round::result);
    assertThrows(PartitionsChanged.class, engine::round);

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void aPartitionThatCameAndWentUnseenLeavesNoRowBehind() throws Exception {
    Claim one = engine.claim("one");
    Concurrently<?> chunk;
    Concurrently<Boolean> detach;
    attach();
    try (Hold hold = Hold.on(postgres, 35)) {
      chunk = Concurrently.start(() -> engine.fill(one, 100));
      Concurrently.untilWaiting(postgres, "fill");
      detach =
          Concurrently.start(
              () -> {
                postgres.run("ALTER TABLE a DETACH PARTITION loose");
                return true;
              });
      Concurrently.until(
          postgres,
          "SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted)");
      hold.letGo();
    }
    assertThrows(PartitionsChanged.class, chunk::result);
    assertTrue(detach.result());

    engine.fill(one, 100);
    engine.fill(engine.claim("two"), 100);
    engine.round();

    assertSame();
  }

  @Test
  void rowsOfADetachedPartitionVanish() throws SQLException {
    Claim one = engine.fill(engine.claim("one"), 2).orElseThrow();
    engine.fill(engine.claim("two"), 100);
    engine.round();
    postgres.run("ALTER TABLE a DETACH PARTITION a_us; DELETE FROM a_us; DROP TABLE a_us");
    assertThrows(PartitionsChanged.class, () -> engine.apply(one));

    engine.attend();
    assertTrue(engine.apply(one));
    engine.fill(one.nextTurn(), 100);
    engine.round();

    assertSame();
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM b WHERE region = 'us'"));
  }

  @Test
  void aWholeSubtreeComesAndGoes() throws SQLException {
    filled();
    postgres.run(
        """
        ALTER TABLE a DETACH PARTITION a_eu;
        CREATE TABLE c (id int NOT NULL, region text NOT NULL, v text) PARTITION BY HASH (id);
        CREATE TABLE c_0 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE c_1 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO c SELECT i, 'asia', 'sub' FROM generate_series(1, 20) i;
        ALTER TABLE a ATTACH PARTITION c FOR VALUES IN ('asia')""");

    engine.attend();
    engine.round();
    assertSame();
    postgres.run("TRUNCATE c_1; UPDATE c SET v = 'later' WHERE id = 2; DELETE FROM a_eu_1");
    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void onlyItsOwnKeysAreLoggedWhenAPartitionIsEmptied() throws SQLException {
    filled();
    postgres.run("TRUNCATE a_us");

    engine.attend();

    assertEquals("4", Fixture.value(postgres, "SELECT count(*) FROM kedge.log_1_1"));
    engine.round();
    assertSame();
  }

  @Test
  void aRoundLeavesNothingBehindThatItsSnapshotSaysIsGone() throws SQLException {
    filled();
    postgres.run("TRUNCATE a_us; ALTER TABLE a DETACH PARTITION a_other");
    assertThrows(PartitionsChanged.class, engine::round);
    PartitionWatch watch = engine.watch();
    assertTrue(watch.attend(engine.look()));
    assertThrows(PartitionsChanged.class, engine::round);

    while (watch.attend(engine.look())) {
      // One page after the other.
    }
    engine.round();

    assertSame();
  }

  @Test
  void theWholeTreeEmptiedIsEmptied() throws SQLException {
    filled();
    postgres.run("TRUNCATE a; INSERT INTO a VALUES (1, 'us', 'after')");

    engine.attend();
    engine.round();

    assertSame();
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void aPartitionEmptiedBeforeAnybodySawItIsRead() throws SQLException {
    filled();
    attach();
    PartitionWatch watch = engine.watch();
    assertTrue(watch.attend(engine.look()));
    postgres.run("UPDATE a SET v = 'captured' WHERE id = 35");
    engine.round();
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'captured'"));
    postgres.run("ALTER TABLE loose DISABLE TRIGGER kedge_capture_1_1_t; TRUNCATE loose");

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void theDefaultPartitionMayGoAndWhatItHeldComesBackElsewhere() throws SQLException {
    filled();
    postgres.run(
        """
        CREATE TABLE a_rest PARTITION OF a DEFAULT;
        INSERT INTO a SELECT i, 'rest ' || i % 3, 'default' FROM generate_series(1, 12) i""");
    engine.attend();
    engine.round();
    assertSame();
    postgres.run(
        """
        ALTER TABLE a DETACH PARTITION a_other;
        INSERT INTO a SELECT * FROM a_other WHERE id > 30;
        CREATE TABLE a_rest_1 PARTITION OF a FOR VALUES IN ('never');
        ALTER TABLE a DETACH PARTITION a_rest;
        CREATE TABLE a_rest_2 PARTITION OF a FOR VALUES IN ('rest 1', 'xx');
        INSERT INTO a SELECT id, region, 'back' FROM a_rest WHERE region = 'rest 1'""");

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void aNewPartitionIsFollowedAtOnce() throws SQLException {
    filled();
    postgres.run(
        """
        CREATE TABLE a_new PARTITION OF a FOR VALUES IN ('new');
        INSERT INTO a VALUES (1, 'new', 'root');
        INSERT INTO a_new VALUES (2, 'new', 'leaf')""");

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void aDetachedTableIsFreeAtOnceAndCleanSoon() throws SQLException {
    filled();
    postgres.run(
        """
        ALTER TABLE b DETACH PARTITION b_1;
        INSERT INTO b_1 VALUES ('free', 1, 'again');
        TRUNCATE b_1;
        ALTER TABLE a DETACH PARTITION a_us;
        TRUNCATE a_us""");
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.emptied"));

    engine.attend();

    assertEquals(
        "0",
        Fixture.value(
            postgres,
            "SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('b_1'::regclass, 'a_us'::regclass)"));
  }

  @Test
  void theTargetsPartitionsMayChangeToo() throws SQLException {
    filled();
    postgres.run(
        """
        CREATE TABLE ghosts (region text NOT NULL, id bigint NOT NULL, v text);
        INSERT INTO ghosts SELECT * FROM b_1;
        INSERT INTO ghosts
        SELECT 'ghost', i, 'x' FROM generate_series(1, 100) i
        WHERE NOT satisfies_hash_partition('b'::regclass, 2, 0, i::bigint, 'ghost'::text);
        UPDATE ghosts SET v = 'wrong' WHERE id = 20;
        ALTER TABLE b DETACH PARTITION b_1;
        ALTER TABLE b ATTACH PARTITION ghosts FOR VALUES WITH (MODULUS 2, REMAINDER 1)""");

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void leavesOfTheTargetRefuseWrites() throws SQLException {
    postgres.run("CREATE TABLE rest (region text NOT NULL, id bigint NOT NULL, v text)");

    for (String statement :
        new String[] {
          "INSERT INTO b VALUES ('x', 1, 'x')",
          "INSERT INTO b_0 VALUES ('x', 1, 'x')",
          "DELETE FROM b_1",
          "TRUNCATE b_0",
          "TRUNCATE b",
          "SET session_replication_role = replica; DELETE FROM b_1"
        }) {
      SQLException refused = assertThrows(SQLException.class, () -> postgres.run(statement));
      assertEquals("KD001", refused.getSQLState(), statement);
    }
  }

  @Test
  void aPartitionThatSomebodyMadeDeafStopsByName() throws SQLException {
    filled();
    postgres.run("ALTER TABLE a_us DISABLE TRIGGER USER; ALTER TABLE a_us ENABLE TRIGGER USER");

    RuntimeException stopped = assertThrows(RuntimeException.class, engine::round);

    assertTrue(stopped.getMessage().contains("on public.a_us"), stopped.getMessage());
    postgres.run("ALTER TABLE a DETACH PARTITION a_eu");
    assertThrows(RuntimeException.class, engine::attend);
  }

  @Test
  void whoeverOwnsTheTableMayMakePartitions() throws SQLException {
    postgres.run(
        """
        CREATE ROLE somebody;
        GRANT CREATE ON SCHEMA public TO somebody;
        ALTER TABLE a OWNER TO somebody;
        ALTER TABLE loose OWNER TO somebody;
        SET ROLE somebody;
        CREATE TABLE a_new PARTITION OF a FOR VALUES IN ('new');
        ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia');
        INSERT INTO a_new VALUES (1, 'new', 'mine');
        RESET ROLE;
        REASSIGN OWNED BY somebody TO CURRENT_USER;
        DROP OWNED BY somebody;
        DROP ROLE somebody""");
    engine.attend();
    filled();

    assertSame();
  }

  @Test
  void whoeverHoldsANewPartitionKeepsNobodyFromFollowing() throws Exception {
    filled();
    attach();
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application).execute("UPDATE loose SET v = 'open' WHERE id = 35");
      engine.attend();
      postgres.run("UPDATE a SET v = 'meanwhile' WHERE id = 20");
      engine.round();
      assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM b WHERE v = 'meanwhile'"));
      assertEquals("t", Fixture.value(postgres, "SELECT pending IS NOT NULL FROM kedge.move"));
      application.commit();
    }

    engine.attend();
    engine.round();

    assertSame();
  }

  @Test
  void withoutCaptureNothingIsLeft() throws SQLException {
    attach();
    engine.attend();
    postgres.run("ALTER TABLE a DETACH PARTITION a_us");

    engine.capture().removeCapture(engine.scope());

    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'kedge%'"));
    assertEquals(
        "0",
        Fixture.value(
            postgres,
            "SELECT count(*) FROM pg_proc WHERE proname LIKE 'capture%' OR proname LIKE 'guard%'"));
    assertFalse(Fixture.value(postgres, "SELECT count(*) FROM a").equals("0"));
  }

  private void attach() throws SQLException {
    postgres.run(
        "SET lock_timeout = '5s'; ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia')");
  }

  private void assertSame() throws SQLException {
    assertEquals(rows("a"), rows("b"));
  }

  private String rows(String of) throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT coalesce(string_agg(concat(id, ' ', region, ' ', v), ', ' ORDER BY id, region), '')"
            + " FROM "
            + of);
  }
}
