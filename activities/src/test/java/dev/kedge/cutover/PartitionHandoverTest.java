package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A handover between differently partitioned tables, and partitions that change around it. */
final class PartitionHandoverTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;
  private @Nullable Concurrently<TailResult> tail;

  PartitionHandoverTest() {}

  @BeforeEach
  void copied() throws SQLException {
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE TABLE a (id int, region text, v text, PRIMARY KEY (id, region))
          PARTITION BY LIST (region);
        CREATE TABLE a_eu PARTITION OF a FOR VALUES IN ('eu');
        CREATE TABLE a_us PARTITION OF a FOR VALUES IN ('us');
        CREATE TABLE b (id int, region text, v text, PRIMARY KEY (region, id))
          PARTITION BY RANGE (id);
        CREATE TABLE b_1 PARTITION OF b FOR VALUES FROM (MINVALUE) TO (50);
        CREATE TABLE b_2 PARTITION OF b FOR VALUES FROM (50) TO (MAXVALUE);
        CREATE TABLE loose (id int, region text, v text, PRIMARY KEY (id, region));
        INSERT INTO loose SELECT i, 'asia', 'loose' FROM generate_series(1, 20) i;
        INSERT INTO a SELECT i, (ARRAY['eu', 'us'])[1 + i % 2], 'old'
        FROM generate_series(1, 100) i""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").reversed().plan(1));
    engine.lane();
    engine.round();
  }

  @AfterEach
  void endTail() throws Exception {
    if (tail != null) {
      engine.bump();
      assertEquals(Outcome.FENCED, tail.result().outcome());
    }
  }

  @Test
  void theWritingSideChangesOnEveryLeafAndBack() throws Exception {
    follow();
    postgres.run("UPDATE a SET v = 'before', region = 'us' WHERE id = 2");

    assertTrue(handOver().switched());

    assertSame();
    for (String statement :
        List.of(
            "UPDATE a SET v = 'x'",
            "DELETE FROM a_us",
            "TRUNCATE a_eu",
            "TRUNCATE a",
            "SET session_replication_role = replica; INSERT INTO a_us VALUES (0, 'us')")) {
      assertEquals("KD001", refusal(statement), statement);
    }
    postgres.run(
        """
        UPDATE b_1 SET v = 'leaf' WHERE id < 10;
        UPDATE b SET id = id + 1000 WHERE id IN (20, 21);
        INSERT INTO b VALUES (500, 'eu', 'new');
        CREATE TABLE b_3 (LIKE b INCLUDING ALL);
        INSERT INTO b_3 SELECT i, 'eu', 'attached' FROM generate_series(-20, -1) i;
        ALTER TABLE b DETACH PARTITION b_1;
        CREATE TABLE b_0 PARTITION OF b FOR VALUES FROM (0) TO (50);
        INSERT INTO b SELECT * FROM b_1;
        ALTER TABLE b ATTACH PARTITION b_3 FOR VALUES FROM (-100) TO (0);
        TRUNCATE b_2""");
    untilSame();

    assertTrue(cutover().handBack(engine.scope()).switched());

    assertSame();
    assertEquals("KD001", refusal("DELETE FROM b_3"));
    postgres.run("DELETE FROM a_eu WHERE id = -5; TRUNCATE a_us");
    untilSame();
  }

  @Test
  void aPartitionAttachedBeforeTheLockKeepsTheSideFromChangingUntilItIsIn() throws Exception {
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "handover")) {
      postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
      follow();
      Concurrently.untilWaiting(postgres, "handover");
      postgres.run("ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia')");
      hold.letGo();
    }

    assertTrue(handOver().switched());

    assertSame();
    assertEquals("20", Fixture.value(postgres, "SELECT count(*) FROM b WHERE region = 'asia'"));
  }

  @Test
  void aPartitionEmptiedBeforeTheLockIsNotLost() throws Exception {
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "handover")) {
      postgres.run("UPDATE kedge.move SET wanted = 'new', wanted_epoch = 1");
      follow();
      Concurrently.untilWaiting(postgres, "handover");
      postgres.run("TRUNCATE a_us");
      hold.letGo();
    }

    assertTrue(handOver().switched());

    assertSame();
    assertEquals("50", Fixture.value(postgres, "SELECT count(*) FROM b"));
  }

  @Test
  void whoHasWrittenToALeafIsWaitedForWithoutQueueingAnybody() throws Exception {
    follow();
    Concurrently<HandoverResult> handover;
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application)
          .execute("SET application_name = 'batch'; UPDATE a_us SET v = 'open' WHERE id = 1");
      handover = Concurrently.start(this::handOver);
      Concurrently.until(
          postgres, "SELECT coalesce(blocked LIKE '%batch%', false) FROM kedge.move");
      application.commit();
    }

    assertEquals(1, handover.result().attempts());
    assertSame();
  }

  @Test
  void whoHoldsANewPartitionIsWaitedForBeforeTheSideChanges() throws Exception {
    follow();
    Concurrently<HandoverResult> handover;
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      postgres.run("ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia')");
      new Sql(application).execute("UPDATE loose SET v = 'open' WHERE id = 1");
      Concurrently.until(postgres, "SELECT pending IS NOT NULL FROM kedge.move");
      handover = Concurrently.start(this::handOver);
      Concurrently.until(postgres, "SELECT blocked IS NOT NULL FROM kedge.move");
      assertEquals("old", Fixture.value(postgres, "SELECT writing FROM kedge.move"));
      application.commit();
    }

    assertTrue(handover.result().switched());
    assertSame();
  }

  private void follow() {
    tail =
        Concurrently.start(
            () ->
                new PostgresTailActivities(postgres.databases())
                    .followTail(new TailRequest(engine.scope(), Duration.ofMinutes(1))));
  }

  private HandoverResult handOver() {
    return cutover().handOver(engine.scope());
  }

  private PostgresCutoverActivities cutover() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
        postgres.databases(), (database, request) -> none, (database, request) -> none);
  }

  private String refusal(String statement) {
    return String.valueOf(
        assertThrows(SQLException.class, () -> postgres.run(statement)).getSQLState());
  }

  private void untilSame() throws Exception {
    Concurrently.until(
        postgres,
        "SELECT NOT EXISTS (SELECT FROM (SELECT * FROM a EXCEPT ALL SELECT * FROM b) x)"
            + " AND NOT EXISTS (SELECT FROM (SELECT * FROM b EXCEPT ALL SELECT * FROM a) y)");
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
