package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.MoveScope;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.inplace.InPlaceSwitch;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InPlaceReconcileTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final DdlRunner runner = new DdlRunner();

  private MoveScope handles() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users SELECT i, 'User' || i, 'user' || i FROM generate_series(1, 100) i""");
    return installed(
        InPlaceMove.of(postgres, "users")
            .column("handle", "lower(username)")
            .reverse("username", "handle")
            .register());
  }

  private MoveScope installed(MoveScope move) throws SQLException {
    new InPlaceCapture(runner).install(postgres.database(), move);
    postgres.run(
        """
        DELETE FROM kedge.range;
        INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, state, epoch) VALUES
          (1, 1, 1, NULL, '{40}', '{40}', 'filled', 1), (1, 1, 2, '{40}', NULL, NULL, 'filled', 1)""");
    return move;
  }

  private void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
  }

  private Comparison compare(MoveScope move, String run) throws SQLException {
    return Reconciler.of(postgres.database(), move, BOUNDS, Pulse.NONE).compareAll(run);
  }

  @Test
  void rowsAgreeForwardAndFromWritesOnInReverseToo() throws SQLException {
    MoveScope move = handles();
    Comparison before = compare(move, "before");
    assertEquals(100, before.comparedRows());
    assertEquals(100, before.agreesForward());
    assertEquals(0, before.unproven());

    new InPlaceSwitch(runner).handOver(postgres.database(), move);
    postgres.run("UPDATE users SET handle = 'Bob' WHERE id IN (7, 90)");
    Comparison after = compare(move, "after");
    assertEquals(98, after.agreesForward());
    assertEquals(2, after.agreesReverse());
    assertEquals(0, after.unproven());
  }

  @Test
  void anErrorInEveryRowIsSeenInEveryRow() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, a int, b int, c int, d int);
        INSERT INTO users SELECT i, i, -i, i, -i FROM generate_series(1, 100) i""");
    MoveScope move =
        installed(InPlaceMove.of(postgres, "users").column("c", "a").column("d", "b").register());
    assertEquals(100, compare(move, "before").agreesForward());
    unseen("UPDATE users SET c = c + 1, d = d - 1");
    assertEquals(100, compare(move, "more").different());
    unseen("UPDATE users SET c = b, d = a");
    assertEquals(100, compare(move, "exchanged").different());
  }

  @Test
  void whatAgreesInReverseIsDifferentBeforeWrites() throws SQLException {
    MoveScope move = handles();
    unseen("UPDATE users SET username = 'Bob', handle = 'Bob' WHERE id = 7");
    assertEquals(1, compare(move, "r").different());
  }

  @Test
  void rowsThatAgreeInNeitherWayAreFoundByKeyAndRepaired() throws SQLException {
    MoveScope move = handles();
    unseen(
        "UPDATE users SET handle = NULL WHERE id = 1; UPDATE users SET handle = '' WHERE id = 100");
    Comparison seen = compare(move, "r");
    assertEquals(2, seen.different());
    assertEquals(98, seen.agreesForward());

    Repair repair = Repairer.of(postgres.database(), move, BOUNDS, Pulse.NONE).repair();
    assertEquals(new Repair(2, 0), repair);
    assertEquals("2", Fixture.value(postgres, "SELECT count(*) FROM kedge.finding WHERE repaired"));
    assertEquals(100, compare(move, "again").agreesForward());
  }

  @Test
  void fromWritesOnTheNewColumnsAreTheTruthOfARepair() throws SQLException {
    MoveScope move = handles();
    new InPlaceSwitch(runner).handOver(postgres.database(), move);
    unseen("UPDATE users SET handle = 'new' WHERE id = 5");
    assertEquals(1, compare(move, "r").different());
    Repairer.of(postgres.database(), move, BOUNDS, Pulse.NONE).repair();
    assertEquals("new", Fixture.value(postgres, "SELECT username FROM users WHERE id = 5"));
    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM kedge.finding WHERE closed_at IS NULL"));
  }

  @Test
  void aRowThatCannotBeConvertedIsFoundByKey() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, age text, years int);
        INSERT INTO users SELECT i, i::text, i FROM generate_series(1, 100) i""");
    MoveScope move =
        installed(InPlaceMove.of(postgres, "users").column("years", "age::int").register());
    unseen("UPDATE users SET age = 'old' WHERE id = 60; UPDATE users SET years = 0 WHERE id = 61");
    Comparison seen = compare(move, "r");
    assertEquals(1, seen.notComparable());
    assertEquals(1, seen.different());
    assertEquals(98, seen.agreesForward());
    assertEquals(
        new Repair(1, 1), Repairer.of(postgres.database(), move, BOUNDS, Pulse.NONE).repair());
  }

  @Test
  void rowsThatAreNotFilledYetAreNeitherDifferentNorProven() throws SQLException {
    MoveScope move = handles();
    postgres.run("UPDATE kedge.range SET state = 'open', cursor = '{70}' WHERE range = 2");
    unseen("UPDATE users SET handle = NULL WHERE id > 70");
    Comparison seen = compare(move, "r");
    assertEquals(70, seen.comparedRows());
    assertEquals(0, seen.different());
    assertEquals(1, seen.notComparable());
  }
}
