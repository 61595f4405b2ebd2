package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.activity.ReconcileActivities.RepairRequest;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.cutover.PostgresCutoverActivities;
import dev.kedge.cutover.PostgresTailActivities;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Gate;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Evidence after a handover that was one: every activity is asked for as the walk asks for it, and
 * the tail goes on beside.
 */
final class HandedOverEvidenceTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;
  private PostgresReconcileActivities reconcile;
  private @Nullable Concurrently<TailResult> tail;
  private final List<Comparison> compared = new ArrayList<>();

  HandedOverEvidenceTest() {}

  @BeforeEach
  void walkToWrites() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text, cents int);
        INSERT INTO users SELECT i, 'n' || i, i * 100 FROM generate_series(1, 500) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text, amount numeric(12, 2))""");
    engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "users", "people")
                .column("amount", "cents / 100.0")
                .reverse("cents", "amount * 100")
                .plan(1));
    reconcile = new PostgresReconcileActivities(postgres.databases());
    StoredPlan.of(postgres, engine.scope().move());
    engine.lane();
    tail = Concurrently.start(this::follow);
    new PostgresTailActivities(postgres.databases()).awaitCaughtUp(engine.scope());
    compared.add(reconcile.compareMove(engine.scope()));
    for (Gate gate : List.of(Gate.READS, Gate.WRITES)) {
      Evidence evidence = seal(gate);
      assertTrue(evidence.clean(), evidence.content());
      assertEquals("old", moved(evidence).get("writing").asText());
    }
    assertTrue(handOver().switched());
  }

  @AfterEach
  void letTheTailGo() throws Exception {
    engine.bump();
    assertEquals(Outcome.FENCED, Objects.requireNonNull(tail).result().outcome());
  }

  @Test
  void whatDiffersOnTheOldSideIsFoundByKeyRepairedFromTheNewOneAndSealed() throws Exception {
    assertEquals(
        "KD001",
        assertThrows(SQLException.class, () -> postgres.run("UPDATE users SET name = 'old'"))
            .getSQLState());
    postgres.run(
        """
        UPDATE people SET amount = amount + 1 WHERE id <= 100;
        DELETE FROM people WHERE id = 101;
        INSERT INTO people VALUES (501, 'new', 7.5)""");
    Evidence evidence = seal(Gate.CONTRACT);
    assertTrue(evidence.clean(), evidence.content());
    JsonNode move = moved(evidence);
    assertEquals("new", move.get("writing").asText());
    assertEquals(500, move.get("ranges").get("rows").asInt());
    assertEquals(500, move.get("ranges").get("followingRows").asInt());
    assertEquals("by value", move.get("compared").get("cents").asText());
    assertEquals(null, move.get("compared").get("amount"));
    assertTrue(look(evidence).clean());

    postgres.run("UPDATE people SET amount = 70, name = 'seventh' WHERE id = 7");
    Concurrently.until(postgres, "SELECT name = 'seventh' FROM users WHERE id = 7");
    postgres.run("SET kedge.applier = 'm'; UPDATE users SET cents = 1 WHERE id = 7");

    Round round = look(evidence);

    assertFalse(round.clean());
    Comparison seen = round.comparisons().get(0);
    assertEquals(1, seen.different());
    assertEquals(1, seen.unproven());
    assertEquals("7 different public.users", example(seen));
    assertEquals(
        "move 1: 1 difference in public.users (1 different), key 7; see kedge.finding",
        round.doubts().get(0));
    assertEquals(
        "t", value("SELECT void_at IS NOT NULL FROM kedge.evidence WHERE gate = 'contract'"));

    Repair repair =
        reconcile.repairFindings(new RepairRequest(scope().scope(), scope().move(), "bob"));

    assertEquals(new Repair(1, 0), repair);
    assertEquals(
        "seventh 7000", value("SELECT concat_ws(' ', name, cents) FROM users WHERE id = 7"));
    assertEquals(
        "seventh 70.00", value("SELECT concat_ws(' ', name, amount) FROM people WHERE id = 7"));

    Evidence again = seal(Gate.CONTRACT);
    assertTrue(again.clean(), again.content());
    assertEquals(evidence.number() + 1, again.number());
    JsonNode repairs = moved(again).get("repairs");
    assertEquals(1, repairs.size());
    assertEquals("bob", repairs.get(0).get("askedBy").asText());
    assertEquals("new to old", repairs.get(0).get("direction").asText());
    assertEquals(1, repairs.get(0).get("repaired").asInt());
    assertTrue(look(again).clean());
    assertSame();
  }

  @Test
  void whatNobodyCapturedIsFoundByTheFirstCompareInTheNewDirection() throws Exception {
    postgres.run("SET kedge.applier = 'm'; UPDATE users SET name = 'wrong' WHERE id = 9");

    Comparison seen = reconcile.compareCaptured(engine.scope());

    assertEquals(500, seen.comparedRows());
    assertEquals("9 different public.users", example(seen));
    reconcile.repairFindings(new RepairRequest(scope().scope(), scope().move(), "bob"));
    assertEquals("n9", value("SELECT name FROM users WHERE id = 9"));
    assertEquals(0, reconcile.compareCaptured(engine.scope()).unproven());
    assertSame();
  }

  private void assertSame() throws SQLException {
    assertEquals(
        "0",
        value(
            """
            SELECT count(*)
            FROM users u
            FULL JOIN people p ON p.id = u.id
            WHERE (u.name, u.cents) IS DISTINCT FROM (p.name, (p.amount * 100)::int)"""));
  }

  private static String example(Comparison seen) {
    assertEquals(1, seen.examples().size());
    var example = seen.examples().get(0);
    return example.key() + " " + example.kind() + " " + example.to();
  }

  // As the walk does at a gate.
  private Evidence seal(Gate gate) {
    List<Comparison> shown = new ArrayList<>(compared);
    shown.add(reconcile.compareCaptured(engine.scope()));
    return reconcile.sealEvidence(new SealRequest(engine.scope().scope(), gate, "sha256:p", shown));
  }

  private Round look(Evidence evidence) {
    return reconcile.proveAgain(
        new RoundRequest(
            engine.scope().scope(),
            evidence.gate(),
            "sha256:p",
            evidence.number(),
            List.of(1),
            false));
  }

  private static JsonNode moved(Evidence evidence) throws Exception {
    return Payloads.mapper().readTree(evidence.content()).get("moves").get(0);
  }

  private MoveScope scope() {
    return engine.scope();
  }

  private TailResult follow() {
    return new PostgresTailActivities(postgres.databases())
        .followTail(new TailRequest(engine.scope(), Duration.ofMinutes(2)));
  }

  private HandoverResult handOver() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
            postgres.databases(), (database, request) -> none, (database, request) -> none)
        .handOver(engine.scope());
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
