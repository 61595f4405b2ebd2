package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceFiller;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Gate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Evidence says what is in quarantine, and proves nothing while anything is. */
final class QuarantineEvidenceTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aCopyIsNotProvenWhileARowIsKeptAside() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE TABLE b (id int PRIMARY KEY, n int);
        INSERT INTO a SELECT i, i FROM generate_series(1, 50) i;
        UPDATE a SET v = 'secret' WHERE id = 17""");
    CopyEngine engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b").column("n", "v::int").plan(1).withQuarantine(true));
    engine.lane();
    engine.round();
    Comparison seen =
        Reconciler.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE).compareAll("r");
    assertTrue(seen.unproven() > 0);

    // Even if nobody had found it.
    postgres.run("UPDATE kedge.finding SET closed_at = now()");
    Evidence evidence = seal(engine.scope(), Gate.READS, equal());

    assertFalse(evidence.clean());
    JsonNode content = Payloads.mapper().readTree(evidence.content());
    assertEquals(1, content.at("/moves/0/quarantined").asLong());
    assertEquals("17", content.at("/moves/0/quarantine/0/key").asText());
    assertEquals("move 1: rows in quarantine: 1", content.at("/doubts/0").asText());
    assertFalse(evidence.content().contains("secret"));

    postgres.run("UPDATE a SET v = '4711' WHERE id = 17");
    engine.round();
    assertTrue(seal(engine.scope(), Gate.READS, equal()).clean());
  }

  @Test
  void inPlaceARowThatItsOwnWriteMendedIsForgottenAndOneThatDiffersIsNot() throws Exception {
    postgres.run(
        """
        CREATE TABLE parts (id int PRIMARY KEY, size text, tens int);
        INSERT INTO parts SELECT g, g FROM generate_series(1, 40) g;
        UPDATE parts SET size = 'secret' WHERE id IN (23, 24)""");
    InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
    MoveScope made = InPlaceMove.of(postgres, "parts").column("tens", "size::int * 10").register();
    MoveScope move = new MoveScope(made.scope(), made.move().withQuarantine(true));
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);
    new PostgresBackfillActivities(postgres.databases(), new InPlaceFiller())
        .fillRanges(new LaneRequest(move, 1, Duration.ofMinutes(1)));
    postgres.run("UPDATE parts SET size = '5' WHERE id = 23");
    Reconciler.of(postgres.database(), move, BOUNDS, Pulse.NONE).compareAll("r");

    Evidence evidence = seal(move, Gate.READS, equal());

    assertFalse(evidence.clean());
    assertEquals(
        "24", Fixture.value(postgres, "SELECT string_agg(key[1], ' ') FROM kedge.quarantine"));
  }

  private static Comparison equal() {
    return new Comparison(1, 50, 0, 0, 0, 0, 0, 50, 0, List.of(), "2026-01-01T00:00:00Z");
  }

  private Evidence seal(MoveScope scope, Gate gate, Comparison seen) throws SQLException {
    register(scope.move());
    return new PostgresReconcileActivities(postgres.databases())
        .sealEvidence(new SealRequest(scope.scope(), gate, "sha256:plan", List.of(seen)));
  }

  private void register(MovePlan move) throws SQLException {
    Plan some = Plans.copy("m", "a", "b");
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
