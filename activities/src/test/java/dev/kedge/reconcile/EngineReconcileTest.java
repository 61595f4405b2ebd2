package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.cutover.SyncMove;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import dev.kedge.spec.Gate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compares, repairs and seals what the engine itself copied and follows. */
final class EngineReconcileTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine users() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text);
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text)""");
    return filled(CopyMove.of(postgres, "users", "people").plan(1), "50");
  }

  private CopyEngine filled(MovePlan move, String... cuts) throws SQLException {
    CopyEngine engine = CopyEngine.start(postgres, move);
    if (cuts.length > 0) {
      engine.cutAt(cuts);
    }
    engine.lane();
    engine.round();
    return engine;
  }

  private Comparison compare(CopyEngine engine, String run) throws SQLException {
    return Reconciler.of(engine.database(), engine.scope(), BOUNDS, rounds(engine)).compareAll(run);
  }

  /** A tail that does a round whenever the compare says that it lives. */
  private static Pulse rounds(CopyEngine engine) {
    return now -> {
      try {
        engine.round();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
  }

  @Test
  void whatTheEngineCopiedAndFollowsIsProven() throws SQLException {
    CopyEngine engine = users();
    postgres.run(
        """
        UPDATE users SET name = 'new' WHERE id % 10 = 0;
        DELETE FROM users WHERE id = 5;
        UPDATE users SET id = 1000 WHERE id = 6""");
    Comparison seen = compare(engine, "r");
    assertEquals(99, seen.comparedRows());
    assertEquals(0, seen.unproven());
  }

  @Test
  void keysOfManyColumnsTypesAndCollationsAreCompared() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (k text COLLATE "C", d numeric, v int, PRIMARY KEY (k, d));
        CREATE TABLE b (k text COLLATE "C", d numeric, v bigint, PRIMARY KEY (k, d));
        INSERT INTO a
        SELECT chr(64 + i % 50), i / 10.0, i FROM generate_series(1, 200) i;
        INSERT INTO a VALUES ('', 'NaN', 0), ('ä', 1.0, 0), (',', 1.10, 0)""");
    CopyEngine engine = filled(CopyMove.of(postgres, "a", "b").plan(1));
    assertEquals(203, compare(engine, "r").agreesForward());
    postgres.run("UPDATE a SET d = 1.00, v = 7 WHERE d = 1.0");
    unseen("UPDATE b SET v = 9 WHERE k = ','; DELETE FROM b WHERE d = 'NaN'");
    Comparison seen = compare(engine, "r2");
    assertEquals(1, seen.different());
    assertEquals(1, seen.missing());
  }

  @Test
  void findingsAreRepairedThroughTheTail() throws SQLException {
    CopyEngine engine = users();
    unseen(
        """
        DELETE FROM people WHERE id = 10;
        UPDATE people SET name = 'x' WHERE id = 60;
        INSERT INTO people VALUES (-1, 'ghost')""");
    assertEquals(3, compare(engine, "r").unproven());
    Repair repair = Repairer.of(engine.database(), engine.scope(), BOUNDS, rounds(engine)).repair();
    assertEquals(new Repair(3, 0), repair);
    assertEquals(0, compare(engine, "r2").unproven());
    assertEquals("3", Fixture.value(postgres, "SELECT count(*) FROM kedge.finding WHERE repaired"));
  }

  @Test
  void aRepairWithoutATailLeavesFindingsOpen() throws SQLException {
    CopyEngine engine = users();
    unseen("DELETE FROM people WHERE id = 10");
    compare(engine, "r");
    Repair repair = Repairer.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE).repair();
    assertEquals(new Repair(0, 1), repair);
  }

  @Test
  void evidenceIsSealedOnceByContentAndIsCleanOnlyWhenAllIsProven() throws SQLException {
    CopyEngine engine = users();
    register(engine.scope().move());
    Comparison good = compare(engine, "r");
    Evidence first = seal(engine, good);
    assertTrue(first.clean(), first.content());
    assertEquals(first, seal(engine, good));
    assertEquals(CanonicalJson.hashOfText(first.content()), first.hash());
    assertTrue(first.content().contains("\"name\":\"byte by byte\""), first.content());

    unseen("UPDATE people SET name = 'secret' WHERE id = 60");
    Comparison bad = compare(engine, "r2");
    Evidence second = seal(engine, bad);
    assertFalse(second.clean());
    assertEquals(2, second.number());
    assertNotEquals(first.hash(), second.hash());
    assertFalse(second.content().contains("secret"));
  }

  @Test
  void evidenceIsNotCleanWithoutCaptureOrWithoutACompare() throws SQLException {
    CopyEngine engine = users();
    register(engine.scope().move());
    Comparison good = compare(engine, "r");
    assertFalse(seal(engine).clean());
    postgres.run("ALTER TABLE users DISABLE TRIGGER USER; ALTER TABLE users ENABLE TRIGGER USER");
    assertFalse(seal(engine, good).clean());
  }

  @Test
  void aSynchronousCopyIsProvenOnlyOnceItHasSettled() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text);
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text)""");
    MovePlan move = CopyMove.of(postgres, "users", "people").synchronous().plan(1);
    SyncMove sync = SyncMove.flipped(postgres, move);
    register(move);
    postgres.run("UPDATE users SET name = 'at once' WHERE id = 7");
    Pulse looks =
        now -> {
          try {
            sync.look();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        };
    Reconciler reconciler = Reconciler.of(postgres.database(), sync.scope(), BOUNDS, looks);
    Comparison good = reconciler.compareAll("r");
    assertEquals(0, good.unproven());
    SealRequest request =
        new SealRequest(sync.scope().scope(), Gate.READS, "sha256:p", List.of(good));

    Evidence early = new EvidenceSeal(postgres.database(), request).seal();
    assertFalse(early.clean());
    assertTrue(early.content().contains("has not settled"), early.content());
    sync.untilSettled();
    Evidence settled = new EvidenceSeal(postgres.database(), request).seal();
    assertTrue(settled.clean(), settled.content());

    unseen("DELETE FROM people WHERE id = 10");
    assertEquals(1, reconciler.compareAll("r2").missing());
    assertEquals(
        new Repair(1, 0), Repairer.of(postgres.database(), sync.scope(), BOUNDS, looks).repair());
  }

  private static Evidence seal(CopyEngine engine, Comparison... comparisons) throws SQLException {
    return new EvidenceSeal(
            engine.database(),
            new SealRequest(engine.scope().scope(), Gate.READS, "sha256:p", List.of(comparisons)))
        .seal();
  }

  private void register(MovePlan move) throws SQLException {
    Plan some = Plans.copy("m", "users", "people");
    Plan plan =
        new Plan(
            some.form(),
            some.planHash(),
            some.spec(),
            some.catalogHash(),
            List.of(move),
            some.steps(),
            some.refusals(),
            some.warnings());
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update("UPDATE kedge.migration SET plan = ?", CanonicalJson.text(plan));
    }
  }
}
