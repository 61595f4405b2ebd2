package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.capture.PartitionsChanged;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compares of partitioned tables whose partitions come and go. */
final class PartitionReconcileTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;

  PartitionReconcileTest() {}

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
    engine =
        CopyEngine.start(
            postgres, CopyMove.of(postgres, "a", "b").column("v", "public.held(id, v)").plan(1));
    engine.lane();
    engine.round();
  }

  @Test
  void partitionsThatChangeWhileItIsComparedAreNoDifference() throws SQLException {
    assertEquals(0, compare("r").unproven());
    postgres.run(
        """
        ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia');
        ALTER TABLE a DETACH PARTITION a_us;
        UPDATE a SET v = 'new' WHERE id = 2""");

    Comparison seen = compare("r2");

    assertEquals(0, seen.unproven(), seen::toString);
    assertEquals(70, seen.comparedRows());
    assertEquals(
        "partitions are taken in: public.a_us went from public.a; public.loose came to public.a",
        Fixture.value(
            postgres,
            "SELECT words FROM kedge.observation WHERE starts_with(words, 'partitions')"));
  }

  @Test
  void whatWasProvenBeforeAPartitionChangedIsProvenAgain() throws SQLException {
    compare("r");
    postgres.run("TRUNCATE a_us; ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia')");
    engine.attend();
    engine.round();
    unseen("DELETE FROM b WHERE region = 'asia' AND id = 7");

    Comparison seen =
        Reconciler.of(engine.database(), engine.scope(), BOUNDS, tail()).compareCaptured("r");

    assertEquals(1, seen.missing());
  }

  @Test
  void aPartitionAttachedInFlightOfACompareMakesItLookAgain() throws Exception {
    CopyMatcher matcher =
        new CopyMatcher(engine.database(), Notes.subject(engine.database(), engine.scope()));
    Concurrently<Seen> compare;
    try (Hold hold = Hold.on(postgres, 3)) {
      compare =
          Concurrently.start(() -> matcher.keys(List.of(List.of("3", "us"), List.of("4", "asia"))));
      Concurrently.untilWaiting(postgres, "compare");
      postgres.run("ALTER TABLE a ATTACH PARTITION loose FOR VALUES IN ('asia')");
      hold.letGo();
    }
    assertThrows(PartitionsChanged.class, compare::result);
    assertThrows(PartitionsChanged.class, () -> matcher.keys(List.of(List.of("4", "asia"))));

    engine.attend();
    Seen explained = matcher.keys(List.of(List.of("4", "asia")));
    engine.round();

    assertTrue(explained.real().isEmpty());
    assertEquals(1, explained.explained().size());
    assertEquals(
        List.of(List.of("4", "asia")), matcher.keys(List.of(List.of("4", "asia"))).equal());
  }

  @Test
  void whatIsPendingMakesNoDifferenceThatIsReal() throws SQLException {
    postgres.run("TRUNCATE a_us");

    assertThrows(PartitionsChanged.class, this::eu);
    engine.watch().attend(engine.look());
    assertThrows(PartitionsChanged.class, this::eu);
    engine.attend();
    engine.round();

    assertEquals(0, compare("r").unproven());
  }

  private Seen eu() throws SQLException {
    return new CopyMatcher(engine.database(), Notes.subject(engine.database(), engine.scope()))
        .keys(List.of(List.of("1", "us")));
  }

  private Comparison compare(String run) throws SQLException {
    return Reconciler.of(engine.database(), engine.scope(), BOUNDS, tail()).compareAll(run);
  }

  /** A tail that does what it has to whenever the compare says that it lives. */
  private Pulse tail() {
    return now -> {
      try {
        engine.attend();
        engine.round();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM kedge.move"));
  }
}
