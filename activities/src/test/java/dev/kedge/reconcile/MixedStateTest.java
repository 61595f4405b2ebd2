package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.inplace.InPlaceSwitch;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import dev.kedge.schema.PostgresPlanActivities;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecReader;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows that an old application has written, a new one, and both; and what nobody meant. */
final class MixedStateTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 1_000, 10_000);
  private static final Path EXAMPLE = Path.of("..", "examples", "mixed-state");

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void whatTheNewShapeRefusesIsNamedAndArrivesOnceItIsMended() throws Exception {
    postgres.run(Files.readString(EXAMPLE.resolve("schema.sql")));
    CopyEngine engine = started();
    engine.lane();
    engine.round();

    assertEquals(
        List.of(
            "30001 23502",
            "30002 23502",
            "30003 22P02",
            "30004 23514",
            "30005 22001",
            "30006 23514"),
        texts("SELECT key[1] || ' ' || sqlstate FROM kedge.quarantine ORDER BY 1"));
    assertEquals(
        List.of("not_below_zero", "upper_case"),
        texts(
            """
            SELECT substring(words FROM 'not_below_zero|upper_case')
            FROM kedge.quarantine WHERE sqlstate = '23514' ORDER BY 1"""));
    assertEquals("30000", Fixture.value(postgres, "SELECT count(*) FROM payments_new"));

    Comparison seen = compare(engine, "first");
    assertEquals(
        List.of(
            "30001 missing",
            "30002 missing",
            "30003 notComparable",
            "30004 missing",
            "30005 missing",
            "30006 missing"),
        findings());
    assertFalse(seal(engine, seen).clean());

    String readme = Files.readString(EXAMPLE.resolve("README.md"));
    int mend = readme.indexOf("UPDATE payments");
    postgres.run(readme.substring(mend, readme.indexOf("```", mend)));
    engine.round();
    Comparison again = compare(engine, "again");
    assertEquals(30_004, again.comparedRows());
    assertEquals(0, again.unproven(), again.toString());
    assertEquals(List.of(), findings());
    assertTrue(seal(engine, again).clean());
  }

  // Who wrote which row is not told by anything: each row is judged by what it holds.
  @Test
  void inPlaceEachRowIsJudgedByWhatItHolds() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, full_name text, given text, family text, display text, age text, years int);
        INSERT INTO users (id, full_name, age) SELECT i, 'Ann Bee', '7' FROM generate_series(1, 50) i;
        INSERT INTO users (id, given, family) SELECT i, 'Ann', 'Bee' FROM generate_series(51, 100) i;
        INSERT INTO users (id, full_name, given, family, age)
        SELECT i, 'Ann Bee', 'Ann', 'Bee', '7' FROM generate_series(101, 150) i""");
    MoveScope move =
        InPlaceMove.of(postgres, "users")
            .column("display", "coalesce(full_name, given || ' ' || family)")
            .column("years", "age::int")
            .reverse("full_name", "display")
            .register();
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), move);
    postgres.run(
        """
        DELETE FROM kedge.range;
        INSERT INTO kedge.range (migration, move, range, state, epoch) VALUES (1, 1, 1, 'filled', 1);
        SET kedge.applier = 'm';
        UPDATE users SET display = coalesce(full_name, given || ' ' || family), years = age::int;
        UPDATE users SET age = 'old' WHERE id = 10;
        UPDATE users SET display = NULL WHERE id = 20;
        UPDATE users SET years = NULL WHERE id = 110;
        UPDATE users SET display = '' WHERE id = 60""");
    Comparison seen = compare(move, "first");
    assertEquals(
        List.of("10 notComparable", "110 different", "20 different", "60 different"), findings());
    assertEquals(146, seen.agreesForward());
    assertEquals(1, seen.notComparable());
    assertTrue(seen.reasons().toString().contains("22P02"), seen.toString());

    InPlaceSwitch handover = new InPlaceSwitch(new DdlRunner());
    ApplicationFailure refused =
        assertThrows(ApplicationFailure.class, () -> handover.handOver(postgres.database(), move));
    assertTrue(refused.getMessage().contains("key 10"), refused.getMessage());
    postgres.run("UPDATE users SET age = '8' WHERE id = 10");
    compare(move, "mended");
    assertEquals(List.of("110 different", "20 different", "60 different"), findings());

    handover.handOver(postgres.database(), move);
    postgres.run("UPDATE users SET display = 'Bob' WHERE id IN (30, 70, 130)");
    Comparison after = compare(move, "after");
    assertEquals(
        "3", Fixture.value(postgres, "SELECT count(*) FROM users WHERE full_name = 'Bob'"));
    assertEquals(147, after.agreesForward(), after.toString());
    // 110 agrees as the new application could have written it: nothing comes back of its years.
    assertEquals(List.of("20 different", "60 different"), findings());
  }

  private CopyEngine started() throws Exception {
    Spec spec =
        SpecReader.read("mixed-state.yaml", Files.readString(EXAMPLE.resolve("mixed-state.yaml")));
    Plan plan = new PostgresPlanActivities(postgres.databases()).makePlan(spec);
    assertEquals(List.of(), plan.refusals());
    postgres.run(spec.expand().get(0).sql());
    CopyEngine engine = CopyEngine.start(postgres, plan.move(1));
    try (Connection connection = postgres.connect()) {
      new Sql(connection).update("UPDATE kedge.migration SET plan = ?", CanonicalJson.text(plan));
    }
    return engine;
  }

  private Comparison compare(CopyEngine engine, String run) throws SQLException {
    Pulse rounds =
        now -> {
          try {
            engine.round();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        };
    return Reconciler.of(engine.database(), engine.scope(), BOUNDS, rounds).compareAll(run);
  }

  private Comparison compare(MoveScope move, String run) throws SQLException {
    return Reconciler.of(postgres.database(), move, BOUNDS, Pulse.NONE).compareAll(run);
  }

  private static Evidence seal(CopyEngine engine, Comparison seen) throws SQLException {
    return new EvidenceSeal(
            engine.database(),
            new SealRequest(engine.scope().scope(), Gate.READS, "sha256:p", List.of(seen)))
        .seal();
  }

  private List<String> findings() throws SQLException {
    return texts(
        "SELECT key[1] || ' ' || kind FROM kedge.finding WHERE closed_at IS NULL ORDER BY 1");
  }

  private List<String> texts(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).list(query, row -> row.getString(1));
    }
  }
}
