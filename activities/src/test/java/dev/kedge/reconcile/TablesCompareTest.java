package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.VerifyActivities.TablesRequest;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two tables that nothing of ours works on. */
final class TablesCompareTest {
  private static final Consumer<TablesSoFar> NOBODY = soFar -> {};
  private static final List<Duration> SOON = List.of(Duration.ofMillis(1), Duration.ofMillis(1));

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void twoTables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, n int);
        CREATE TABLE b (id bigint PRIMARY KEY, v text, n int);
        INSERT INTO a SELECT i, 'v' || i, i FROM generate_series(1, 5000) i;
        INSERT INTO b SELECT * FROM a""");
  }

  @Test
  void equalTablesAreEqual() throws SQLException {
    Comparison seen = compare(copy());
    assertEquals(5_000, seen.comparedRows());
    assertEquals(0, seen.unproven());
    assertEquals(5_000, seen.agreesForward());
  }

  @Test
  void whatDiffersIsNamedByKey() throws SQLException {
    postgres.run(
        """
        UPDATE b SET v = 'secret' WHERE id = 17;
        DELETE FROM b WHERE id = 18;
        INSERT INTO b VALUES (-1, 'ghost', 0), (6000, 'ghost', 0);
        UPDATE b SET n = CASE id WHEN 100 THEN 101 ELSE 100 END WHERE id IN (100, 101)""");
    Comparison seen = compare(copy());

    assertEquals(1, seen.missing());
    assertEquals(2, seen.extra());
    assertEquals(3, seen.different());
    assertEquals(
        "-1 extra, 100 different, 101 different, 17 different, 18 missing, 6000 extra",
        String.join(
            ", ",
            seen.examples().stream()
                .map(each -> each.key() + " " + each.kind())
                .sorted()
                .toList()));
    assertEquals("f", Fixture.value(postgres, "SELECT to_regnamespace('kedge') IS NOT NULL"));
  }

  @Test
  void moreDifferencesThanAChunkTellsAreAllCounted() throws SQLException {
    postgres.run(
        """
        INSERT INTO a SELECT i, 'v' || i, i FROM generate_series(5001, 30000) i;
        INSERT INTO b SELECT -i, 'ghost', i FROM generate_series(1, 12000) i""");

    Comparison seen = compare(copy());

    assertEquals(30_000, seen.comparedRows());
    assertEquals(37_000, seen.unproven());
    assertEquals(20, seen.examples().size());
  }

  @Test
  void aRoleThatMayOnlyReadIsEnough() throws SQLException {
    postgres.run(
        """
        DO $$ BEGIN
          CREATE ROLE only_reads LOGIN;
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$;
        REVOKE ALL ON SCHEMA public FROM public;
        GRANT USAGE ON SCHEMA public TO only_reads;
        GRANT SELECT ON a, b TO only_reads;
        DELETE FROM b WHERE id = 18""");
    MovePlan move = copy();
    String url = postgres.jdbcUrl().replace("user=kedge", "user=only_reads");
    try (Databases reading = new Databases().add("app", url, new Properties(), 2)) {
      Comparison seen =
          new PostgresVerifyActivities(reading, SOON)
              .compare(request(move, 100), TablesSoFar.NOTHING, NOBODY);
      assertEquals(1, seen.missing());
    }
  }

  @Test
  void aKeyThatIsEqualAMomentLaterWasAWriteUnderWay() throws SQLException {
    postgres.run(
        "UPDATE a SET v = 'new' WHERE id IN (10, 4000); UPDATE b SET v = 'x' WHERE id = 20");
    AtomicInteger beats = new AtomicInteger();

    Comparison seen =
        compare(
            copy(),
            soFar -> {
              // Whoever writes both sides comes to the other one.
              if (soFar.walked() && beats.incrementAndGet() == 1) {
                run("UPDATE b SET v = 'new' WHERE id IN (10, 4000)");
              }
            });

    assertEquals(2, seen.explained());
    assertEquals(1, seen.different());
    assertEquals("20", seen.examples().get(0).key());
  }

  @Test
  void aRowThatCannotBeComparedIsNoMatch() throws SQLException {
    postgres.run("UPDATE a SET v = 'secret' WHERE id = 17");
    MovePlan move =
        CopyMove.of(postgres, "a", "b")
            .column("n", "substr(v, 2)::int")
            .column("v", "'v' || n")
            .plan(1);

    Comparison seen = compare(move);

    assertEquals(1, seen.notComparable());
    assertEquals(1, seen.unproven());
    assertEquals("17", seen.examples().get(0).key());
    assertEquals(5_000, seen.comparedRows());
    assertEquals(1, seen.reasons().size());
    String why = seen.reasons().get(0);
    assertTrue(why.contains("22P02") && !why.contains("ecret"), why);
  }

  @Test
  void itGoesOnWhereAnEarlierAttemptWas() throws SQLException {
    postgres.run("DELETE FROM b WHERE id IN (1, 4999)");
    List<TablesSoFar> told = new ArrayList<>();
    compare(copy(), told::add);
    TablesSoFar middle =
        told.stream()
            .filter(each -> each.cursor() != null && !each.walked())
            .findFirst()
            .orElseThrow();
    postgres.run("INSERT INTO b SELECT * FROM a WHERE id = 1");

    Comparison seen = activities().compare(request(copy(), 100), middle, NOBODY);

    assertEquals(5_000, seen.comparedRows());
    assertEquals(1, seen.missing());
    assertEquals(1, seen.explained());
  }

  @Test
  void aSampleIsSpreadOverAllKeys() throws SQLException {
    postgres.run(
        """
        INSERT INTO a SELECT i, 'v' || i, i FROM generate_series(5001, 60000) i;
        INSERT INTO b SELECT * FROM a WHERE id > 5000;
        UPDATE b SET n = n + 1""");
    Comparison seen = activities().compare(request(copy(), 10), TablesSoFar.NOTHING, NOBODY);
    assertTrue(
        seen.comparedRows() >= 3_000 && seen.comparedRows() <= 12_000,
        "compared " + seen.comparedRows());
    assertEquals(seen.comparedRows(), seen.different());
  }

  @Test
  void columnsOfOneTableAreComparedWithEachOther() throws SQLException {
    postgres.run("ALTER TABLE a ADD COLUMN w text; UPDATE a SET w = upper(v) WHERE id <> 99");
    Comparison seen =
        compare(InPlaceMove.of(postgres, "a").column("w", "upper(v)").register().move());
    assertEquals(5_000, seen.comparedRows());
    assertEquals(1, seen.different());
    assertEquals("99", seen.examples().get(0).key());
  }

  @Test
  void aTableThatMayNotBeReadFailsByName() throws SQLException {
    MovePlan move = copy();
    postgres.run("DROP TABLE b");
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> compare(move));
    assertEquals(Failures.STATEMENT_FAILED, failure.getType());
    assertTrue(failure.getOriginalMessage().contains("public.b"), failure.getOriginalMessage());
  }

  @Test
  void tablesWithoutAKeyAreComparedAsMultisets() throws SQLException {
    MovePlan move = keyless(copy());
    assertEquals(0, activities().compareWithoutKey(request(move, 100)).unproven());
    postgres.run(
        """
        ALTER TABLE b DROP CONSTRAINT b_pkey;
        INSERT INTO b VALUES (17, 'v17', 17), (-1, 'secret', 0);
        DELETE FROM b WHERE id = 18""");

    Comparison seen = activities().compareWithoutKey(request(move, 100));

    assertEquals(5_000, seen.comparedRows());
    assertEquals(2, seen.extra());
    assertEquals(1, seen.missing());
    assertEquals(3, seen.examples().size());
    assertTrue(
        seen.examples().stream().noneMatch(each -> each.key().contains("secret")),
        seen.examples().toString());
    assertEquals(
        Failures.REFUSED,
        assertThrows(
                ApplicationFailure.class, () -> activities().compareWithoutKey(request(move, 5)))
            .getType());
  }

  private static MovePlan keyless(MovePlan move) {
    return new MovePlan(
        move.number(),
        move.kind(),
        move.source(),
        move.target(),
        List.of(),
        move.columns(),
        null,
        List.of(),
        move.lanes(),
        move.chunk(),
        -1);
  }

  private MovePlan copy() throws SQLException {
    return CopyMove.of(postgres, "a", "b").plan(1);
  }

  private Comparison compare(MovePlan move) {
    return compare(move, NOBODY);
  }

  private Comparison compare(MovePlan move, Consumer<TablesSoFar> beat) {
    return activities().compare(request(move, 100), TablesSoFar.NOTHING, beat);
  }

  private PostgresVerifyActivities activities() {
    return new PostgresVerifyActivities(postgres.databases(), SOON);
  }

  private TablesRequest request(MovePlan move, double percent) {
    return new TablesRequest("m", postgres.database().name(), move, percent);
  }

  private void run(String statement) {
    try {
      postgres.run(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
