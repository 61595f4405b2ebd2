package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.KeyKind;
import dev.kedge.postgres.PostgresExtension;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A compare walks along a key of any kind, and misses nothing. */
final class KeyKindsReconcileTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @ParameterizedTest
  @EnumSource(KeyKind.class)
  void whatDiffersIsFoundByKeyAndRepaired(KeyKind kind) throws SQLException {
    kind.prepare(postgres);
    kind.create(postgres);
    postgres.run(kind.insert("a", "i <= 50"));
    CopyEngine engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").reversed().plan(1));
    engine.lane();
    engine.round();
    assertEquals("50 rows, 0 0 0", compare(engine, "one"));
    postgres.run(
        """
        SET kedge.applier = 'm';
        UPDATE b SET v = -v WHERE v IN (1, 2, 4);
        DELETE FROM b WHERE v IN (3, 5, 48, 50);
        DELETE FROM a WHERE v IN (6, 49)""");

    assertEquals("48 rows, 4 2 3", compare(engine, "two"));

    assertEquals(
        new Repair(9, 0),
        Repairer.of(engine.database(), engine.scope(), BOUNDS, rounds(engine)).repair());
    assertEquals("48 rows, 0 0 0", compare(engine, "three"));
  }

  private String compare(CopyEngine engine, String run) throws SQLException {
    Comparison seen =
        Reconciler.of(engine.database(), engine.scope(), BOUNDS, rounds(engine)).compareAll(run);
    return "%d rows, %d %d %d"
        .formatted(seen.comparedRows(), seen.missing(), seen.extra(), seen.different());
  }

  private static Pulse rounds(CopyEngine engine) {
    return now -> {
      try {
        engine.round();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    };
  }
}
