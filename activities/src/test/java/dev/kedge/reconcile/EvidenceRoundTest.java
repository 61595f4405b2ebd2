package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.Round;
import dev.kedge.activity.ReconcileActivities.RoundRequest;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.activity.ReconcileActivities.VoidRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Gate;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What was sealed stays; later looks are appended to it, and a doubt makes it void. */
final class EvidenceRoundTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 50, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine engine;
  private Evidence evidence;
  private boolean follows = true;

  EvidenceRoundTest() {}

  @BeforeEach
  void sealed() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text);
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text)""");
    engine = CopyEngine.start(postgres, CopyMove.of(postgres, "users", "people").plan(1));
    engine.lane();
    engine.round();
    StoredPlan.of(postgres, engine.scope().move());
    evidence = seal();
    assertTrue(evidence.clean(), evidence.content());
  }

  @Test
  void cleanLooksAreAppendedAndTheSealStays() throws SQLException {
    assertTrue(look(false).clean());
    postgres.run("UPDATE users SET name = 'new' WHERE id = 7; DELETE FROM users WHERE id = 8");
    assertEquals(2, look(false).number());
    Round last = look(true);
    assertEquals(3, last.number());
    assertEquals(1, last.comparisons().size());
    assertEquals("1 false, 2 false, 3 true", rounds());
    assertEquals(
        evidence.content(), value("SELECT content FROM kedge.evidence WHERE void_at IS NULL"));
    assertEquals("1", value("SELECT count(*) FROM kedge.evidence"));
  }

  @Test
  void aRealDifferenceMakesItVoidAndSaysWhy() throws SQLException {
    postgres.run("UPDATE users SET name = 'new' WHERE id = 7");
    engine.round();
    postgres.run("SET kedge.applier = 'm'; UPDATE people SET name = 'wrong' WHERE id = 7");

    Round last = look(true);

    assertFalse(last.clean());
    String why = "move 1: 1 difference in public.people (1 different), key 7; see kedge.finding";
    assertEquals(List.of(why, "findings are open: 1"), last.doubts());
    assertEquals(
        why + "; findings are open: 1",
        value("SELECT void_why FROM kedge.evidence WHERE number = 1"));
    assertEquals(evidence.content(), value("SELECT content FROM kedge.evidence"));
    assertEquals(
        "evidence 1 for gate reads is void: " + why + "; findings are open: 1",
        value("SELECT words FROM kedge.observation ORDER BY n DESC LIMIT 1"));
    assertEquals("1", value("SELECT different FROM kedge.evidence_round WHERE NOT clean"));
  }

  @Test
  void whatIsVoidStaysVoidAndFreshEvidenceHasAnotherNumber() throws SQLException {
    // No tail would run on this.
    follows = false;
    postgres.run("ALTER TABLE users DISABLE TRIGGER USER; ALTER TABLE users ENABLE TRIGGER USER");
    Round look = look(false);
    assertTrue(look.doubts().get(0).startsWith("move 1: "), look.doubts().get(0));
    look = look(true);
    assertFalse(look.clean());
    assertTrue(
        look.doubts().stream().anyMatch(doubt -> doubt.startsWith("it was void before: ")),
        String.valueOf(look.doubts()));

    assertEquals(2, seal().number());
  }

  @Test
  void anotherPlanMakesItVoid() throws SQLException {
    postgres.run("UPDATE kedge.migration SET plan_hash = 'sha256:other'");
    assertEquals(
        List.of("the plan is another: sha256:other is recorded, sha256:p was to be proven"),
        look(false).doubts());
  }

  @Test
  void theFirstReasonStaysAlsoWhereNoLookCouldBe() throws SQLException {
    PostgresReconcileActivities activities = new PostgresReconcileActivities(postgres.databases());
    for (String why : List.of("stale", "again")) {
      activities.voidEvidence(new VoidRequest(engine.scope().scope(), evidence.number(), why));
    }
    assertEquals("stale", value("SELECT void_why FROM kedge.evidence"));
  }

  @Test
  void whoWasFencedOffAppendsNothing() throws SQLException {
    RoundRequest request = request(true);
    engine.bump();
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> look(request));
    assertEquals(Failures.FENCED, failure.getType());
    assertEquals("0", value("SELECT count(*) FROM kedge.evidence_round"));
  }

  @Test
  void evidenceSaysWhoRepairedWhatWasWrittenAndHowTheTargetCameToBe() throws SQLException {
    postgres.run("SET kedge.applier = 'm'; DELETE FROM people WHERE id = 7");
    assertEquals(1, reconciler().compareAll("r2").missing());
    Repairer.of(postgres.database(), engine.scope(), BOUNDS, this::round, new Asked("r", "bob"))
        .repair();
    postgres.run(
        """
        INSERT INTO kedge.expanded (migration, table_name, structure)
        SELECT 1, 'public.people', structure || '{index|CREATE INDEX gone}'::text[]
        FROM (SELECT '{}'::text[] AS structure) s""");
    Evidence later = seal();
    assertNotEquals(evidence.hash(), later.hash());
    assertEquals(CanonicalJson.hashOfText(later.content()), later.hash());
    for (String part :
        List.of(
            "\"kedge\":\"from sources\"",
            "\"askedBy\":\"bob\"",
            "\"direction\":\"old to new\"",
            "\"writtenByKedge\":{\"public.people\":[\"id\",\"name\"]}",
            "\"gone\":[\"index|CREATE INDEX gone\"]")) {
      assertTrue(later.content().contains(part), part + " in " + later.content());
    }
    assertEquals(
        List.of(
            "move 1: public.people is not as expand made it: index|CREATE INDEX gone is gone or"
                + " changed"),
        later.doubts());
  }

  @Test
  void theHashCanBeCheckedByHand() throws SQLException {
    assertEquals(
        evidence.hash(),
        value(
            """
            SELECT 'sha256:' || encode(sha256(convert_to(content, 'UTF8')), 'hex')
            FROM kedge.evidence
            WHERE number = 1"""));
  }

  private Evidence seal() throws SQLException {
    Comparison compared = reconciler().compareAll("r" + System.nanoTime());
    return new EvidenceSeal(
            postgres.database(),
            new SealRequest(engine.scope().scope(), Gate.READS, "sha256:p", List.of(compared)))
        .seal();
  }

  private Round look(boolean promotion) throws SQLException {
    return look(request(promotion));
  }

  private Round look(RoundRequest request) throws SQLException {
    return new EvidenceRound(
            postgres.database(), request, move -> reconciler().compareCaptured("look"))
        .run();
  }

  private RoundRequest request(boolean promotion) {
    return new RoundRequest(
        engine.scope().scope(), Gate.READS, "sha256:p", evidence.number(), List.of(1), promotion);
  }

  private Reconciler reconciler() throws SQLException {
    return Reconciler.of(postgres.database(), engine.scope(), BOUNDS, this::round);
  }

  private void round(Pulse.Now now) {
    try {
      if (follows) {
        engine.round();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String rounds() throws SQLException {
    return value(
        """
        SELECT string_agg(concat(round, CASE WHEN promotion THEN ' true' ELSE ' false' END), ', '
          ORDER BY round)
        FROM kedge.evidence_round
        WHERE clean""");
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
