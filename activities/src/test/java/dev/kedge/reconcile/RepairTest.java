package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.cutover.PostgresCutoverActivities;
import dev.kedge.cutover.PostgresTailActivities;
import dev.kedge.cutover.SyncMove;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A single wrong row among many is named by key and repaired through the applier, and nothing else
 * is touched. {@code -Dkedge.repair.rows=5000000} makes the table larger.
 */
final class RepairTest {
  private static final int ROWS = Integer.getInteger("kedge.repair.rows", 200_000);
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(500), 5_000, 10_000);

  // Rows as they are and who wrote them last: a repaired row has another xmin, an untouched one
  // not.
  private static final String UNTOUCHED =
      """
      SELECT md5(string_agg(md5(concat_ws('|', t.xmin, t.*)), '' ORDER BY t.id))
      FROM %s t
      WHERE t.id <> ALL ('{%s}'::bigint[])""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private void tables(int rows) throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text, email text);
        INSERT INTO users SELECT i, 'n' || i, 'e' || i FROM generate_series(1, %d) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text, email text)"""
            .formatted(rows));
  }

  private CopyEngine users(int rows) throws SQLException {
    tables(rows);
    CopyEngine engine =
        CopyEngine.start(postgres, CopyMove.of(postgres, "users", "people").reversed().plan(1));
    engine.lane();
    engine.round();
    return engine;
  }

  @Test
  void oneWrongByteAMissingAnExtraAndTwoSwappedRowsAreNamedRepairedAndNothingElseIsTouched()
      throws SQLException {
    CopyEngine engine = users(ROWS);
    int last = ROWS;
    int half = ROWS / 2;
    String planted = "0,%d,%d,%d,%d".formatted(last / 3, half, last - 7, last);
    String source = value("users", "");
    String others = value("people", planted);
    unseen(
        """
        UPDATE people SET name = overlay(name PLACING 'm' FROM 1 FOR 1) WHERE id = %1$d;
        DELETE FROM people WHERE id = %2$d;
        INSERT INTO people VALUES (0, 'n0', 'e0');
        UPDATE people p SET name = o.name, email = o.email FROM people o
        WHERE (p.id, o.id) IN ((%3$d, %4$d), (%4$d, %3$d))"""
            .formatted(last / 3, half, last - 7, last));

    Comparison seen = compare(engine, "r");

    assertEquals(ROWS, seen.comparedRows());
    assertEquals(
        List.of(
            "0 extra",
            last / 3 + " different",
            half + " missing",
            last - 7 + " different",
            last + " different"),
        findings());
    assertEquals(new Repair(5, 0), repair(engine, "bob"));
    Comparison again = compare(engine, "again");
    assertEquals(0, again.unproven());
    assertEquals(ROWS, again.agreesForward());
    assertEquals(source, value("users", ""));
    assertEquals(others, value("people", planted));
    assertEquals("0", value("SELECT count(*) FROM people WHERE id = 0"));
    assertEquals(List.of("bob, old to new by tail: 5 of 5, 0 open"), repairs());
  }

  @Test
  void fromWritesOnTheNewSideIsTheTruth() throws Exception {
    CopyEngine engine = users(100);
    Concurrently<TailResult> tail =
        Concurrently.start(
            () ->
                new PostgresTailActivities(postgres.databases())
                    .followTail(new TailRequest(engine.scope(), Duration.ofMinutes(1))));
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    new PostgresCutoverActivities(
            postgres.databases(), (database, request) -> none, (database, request) -> none)
        .handOver(engine.scope());
    unseen("UPDATE users SET name = 'lost' WHERE id = 7; DELETE FROM users WHERE id = 8");

    assertEquals(
        2,
        Reconciler.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE)
            .compareAll("r")
            .unproven());
    Repair repair = Repairer.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE).repair();
    engine.bump();
    assertEquals(Outcome.FENCED, tail.result().outcome());

    assertEquals(new Repair(2, 0), repair);
    assertEquals(
        "n7 n8", value("SELECT string_agg(name, ' ' ORDER BY id) FROM users WHERE id IN (7, 8)"));
    assertEquals("100", value("SELECT count(*) FROM people WHERE name = 'n' || id"));
    assertEquals(List.of("nobody, new to old by tail: 2 of 2, 0 open"), repairs());
  }

  @Test
  void onceSynchronousFollowingHasSettledKeysAreConvergedUnderLocks() throws SQLException {
    tables(100);
    SyncMove sync =
        SyncMove.flipped(postgres, CopyMove.of(postgres, "users", "people").synchronous().plan(1));
    sync.untilSettled();
    String before = value("SELECT overtaken FROM kedge.move");
    unseen("DELETE FROM people WHERE id = 10; UPDATE people SET name = 'x' WHERE id = 11");
    MoveScope scope = sync.scope();
    Pulse looks =
        now -> {
          try {
            sync.look();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        };
    assertEquals(
        2, Reconciler.of(postgres.database(), scope, BOUNDS, looks).compareAll("r").unproven());
    Repairer repairer =
        Repairer.of(postgres.database(), scope, BOUNDS, looks, new Asked("r", "bob"));
    assertEquals(new Repair(2, 0), repairer.repair());
    assertEquals("100", value("SELECT count(*) FROM people WHERE name = 'n' || id"));
    assertEquals("settled", value("SELECT following FROM kedge.move"));
    assertEquals(
        String.valueOf(Integer.parseInt(before) + 1), value("SELECT overtaken FROM kedge.move"));
    assertEquals(List.of("bob, old to new by locking: 2 of 2, 0 open"), repairs());
  }

  @Test
  void aRepairThatIsTriedAgainIsOneAndKeepsWhatItBeganWith() throws SQLException {
    CopyEngine engine = users(100);
    unseen("DELETE FROM people WHERE id IN (10, 11)");
    compare(engine, "r");
    // Nothing follows: both stay open.
    Asked asked = new Asked("run/7", "bob");
    assertEquals(
        new Repair(0, 2),
        Repairer.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE, asked).repair());
    assertEquals(
        new Repair(2, 0),
        Repairer.of(engine.database(), engine.scope(), BOUNDS, rounds(engine), asked).repair());
    assertEquals(List.of("bob, old to new by tail: 2 of 2, 0 open"), repairs());
    assertEquals(
        "1 1", value("SELECT string_agg(repair::text, ' ') FROM kedge.finding WHERE repaired"));
    assertEquals(
        "repaired 2 of 2 keys of public.people (old to new), asked for by bob",
        value("SELECT words FROM kedge.observation ORDER BY n DESC LIMIT 1"));
  }

  @Test
  void withoutAFindingNothingIsRepaired() throws SQLException {
    CopyEngine engine = users(10);
    compare(engine, "r");
    assertEquals(new Repair(0, 0), repair(engine, "bob"));
    assertEquals(List.of(), repairs());
  }

  @Test
  void whatComesBackAfterItWasRepairedIsNamed() throws SQLException {
    CopyEngine engine = users(100);
    unseen("DELETE FROM people WHERE id IN (10, 11)");
    assertEquals(List.of(), compare(engine, "r").returned());
    repair(engine, "bob");
    assertEquals(List.of(), compare(engine, "r2").returned());

    unseen("DELETE FROM people WHERE id = 10; DELETE FROM people WHERE id = 50");
    Comparison seen = compare(engine, "r3");

    assertEquals(2, seen.missing());
    assertEquals(List.of(new Difference("public.people", "10", "missing")), seen.returned());
    assertEquals(
        "a bug, not drift: key 10 of public.people was equal or repaired before, and differs again"
            + " (2 differences in public.people (2 missing), key 10; 50; see kedge.finding)",
        seen.told("public.people"));
  }

  @Test
  void whatCannotBeTakenOverForAReasonThatIsListedIsNoBugWhenItComesBack() throws SQLException {
    CopyEngine engine = users(100);
    for (int time = 1; time <= 2; time++) {
      unseen("DELETE FROM people WHERE id = 10");
      compare(engine, "r" + time);
      postgres.run(
          """
          INSERT INTO kedge.straggler (migration, move, key, sqlstate)
          VALUES (1, 1, '{10}', '23514') ON CONFLICT DO NOTHING""");
      assertEquals(List.of(), compare(engine, "again" + time).returned());
      repair(engine, "bob");
    }
  }

  private Comparison compare(CopyEngine engine, String run) throws SQLException {
    return Reconciler.of(engine.database(), engine.scope(), BOUNDS, rounds(engine)).compareAll(run);
  }

  private Repair repair(CopyEngine engine, String by) throws SQLException {
    Asked asked = new Asked("repair", by);
    return Repairer.of(engine.database(), engine.scope(), BOUNDS, rounds(engine), asked).repair();
  }

  /** A tail that does a round whenever somebody says that they live. */
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

  private String value(String table, String apart) throws SQLException {
    return value(UNTOUCHED.formatted(table, apart));
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }

  private List<String> findings() throws SQLException {
    return list(
        """
        SELECT array_to_string(key, ',') || ' ' || kind
        FROM kedge.finding
        WHERE closed_at IS NULL
        ORDER BY key[1]::bigint""");
  }

  private List<String> repairs() throws SQLException {
    return list(
        """
        SELECT format('%s, %s by %s: %s of %s, %s open', coalesce(asked_by, 'nobody'), direction,
          applier, repaired, findings, still_open)
        FROM kedge.repair
        ORDER BY n""");
  }

  private List<String> list(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).list(query, row -> row.getString(1));
    }
  }
}
