package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Repair;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a compare sees of merges: exactly what was planted, each move its own. */
final class ShapesCompareTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 7, 10_000);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private CopyEngine phones;
  private CopyEngine mails;

  ShapesCompareTest() {}

  private void union() throws SQLException {
    postgres.run(
        """
        CREATE TABLE phones (id int PRIMARY KEY, v text);
        CREATE TABLE mails (id int PRIMARY KEY, v text);
        CREATE TABLE contacts (kind int, id int, v text, PRIMARY KEY (kind, id));
        INSERT INTO phones SELECT i, 'p' || i FROM generate_series(1, 30) i;
        INSERT INTO mails SELECT i, 'm' || i FROM generate_series(11, 60) i""");
    phones =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "phones", "contacts")
                .column("kind", "1")
                .owns("kind = 1")
                .plan(1));
    mails =
        phones.beside(
            CopyMove.of(postgres, "mails", "contacts")
                .column("kind", "2")
                .owns("kind = 2")
                .plan(2));
    for (CopyEngine engine : List.of(phones, mails)) {
      engine.lane();
      engine.round();
    }
  }

  private CopyEngine join() throws SQLException {
    postgres.run(
        """
        CREATE TABLE orders (id int PRIMARY KEY, v text);
        CREATE TABLE totals (order_id int PRIMARY KEY, total int);
        CREATE TABLE notes (id int PRIMARY KEY, note text);
        CREATE TABLE sales (id int PRIMARY KEY, v text, total int, note text);
        INSERT INTO orders SELECT i, 'o' || i FROM generate_series(1, 30) i;
        INSERT INTO totals SELECT i, i FROM generate_series(11, 60) i;
        INSERT INTO notes SELECT i, 'n' || i FROM generate_series(1, 60, 2) i""");
    CopyEngine engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "orders", "sales").join("totals").joinOptional("notes").plan(1));
    engine.lane();
    engine.round();
    return engine;
  }

  @Test
  void eachMoveFindsWhatIsWrongWithItsOwnRows() throws SQLException {
    union();
    unseen(
        """
        INSERT INTO contacts VALUES (1, 40, 'ghost'), (2, 5, 'ghost'), (2, 70, 'ghost');
        DELETE FROM contacts WHERE kind = 1 AND id = 20;
        UPDATE contacts SET v = 'x' WHERE kind = 2 AND id = 20""");

    assertEquals("1 extra, 1 missing, 0 different of 30", compare(phones));
    assertEquals(List.of("1 20 missing", "1 40 extra"), findings());
    assertEquals("2 extra, 0 missing, 1 different of 50", compare(mails));
  }

  @Test
  void aRowThatBecameSomebodyElsesIsMissing() throws SQLException {
    union();
    unseen("UPDATE contacts SET kind = 7 WHERE kind = 1 AND id = 5");
    assertEquals("0 extra, 1 missing, 0 different of 30", compare(phones));
    assertEquals("0 extra, 0 missing, 0 different of 50", compare(mails));
  }

  @Test
  void whatIsFoundOfOneMoveIsRepairedWithoutTheOther() throws SQLException {
    union();
    unseen(
        """
        INSERT INTO contacts VALUES (1, 40, 'ghost');
        DELETE FROM contacts WHERE kind = 1 AND id = 20;
        UPDATE contacts SET v = 'x' WHERE id = 15""");
    compare(phones);

    Repair repair = Repairer.of(phones.database(), phones.scope(), BOUNDS, rounds(phones)).repair();

    assertEquals(new Repair(3, 0), repair);
    assertEquals("0 extra, 0 missing, 0 different of 30", compare(phones));
    assertEquals("0 extra, 0 missing, 1 different of 50", compare(mails));
  }

  @Test
  void whatIsWrongWithAHalfIsFoundByKey() throws SQLException {
    CopyEngine engine = join();
    assertEquals("0 extra, 0 missing, 0 different of 20", compare(engine));
    unseen(
        """
        UPDATE sales SET note = 'x' WHERE id = 12;
        UPDATE sales SET total = NULL WHERE id = 14;
        INSERT INTO sales VALUES (1, 'o1', 1, 'n1')""");

    assertEquals("1 extra, 0 missing, 2 different of 20", compare(engine));
    assertEquals(List.of("1 1 extra", "1 12 different", "1 14 different"), findings());
  }

  @Test
  void aHalfThatChangedSinceIsExplainedAndAnEmptiedOneMakesItAllVoid() throws SQLException {
    CopyEngine engine = join();
    compare(engine);
    postgres.run("UPDATE notes SET note = 'y'; DELETE FROM totals WHERE order_id < 15");
    engine.round();
    Comparison captured = reconciler(engine).compareCaptured("r2");
    assertEquals(0, captured.unproven(), captured.toString());

    postgres.run("TRUNCATE notes");
    engine.round();
    Comparison again = reconciler(engine).compareCaptured("r3");
    assertEquals(0, again.unproven(), again.toString());
    // Not the keys since, but all of it.
    assertEquals(16, again.comparedRows());
  }

  @Test
  void aJoinedTableThatIsAnotherOneProvesNothing() throws SQLException {
    CopyEngine engine = join();
    postgres.run(
        """
        ALTER TABLE public.notes RENAME TO was_notes;
        CREATE TABLE public.notes (id int PRIMARY KEY, note text);
        INSERT INTO public.notes SELECT * FROM was_notes""");
    Comparison seen =
        Reconciler.of(engine.database(), engine.scope(), BOUNDS, Pulse.NONE).compareAll("r");
    assertEquals(1, seen.notComparable(), seen.toString());
  }

  private String compare(CopyEngine engine) throws SQLException {
    Comparison seen = reconciler(engine).compareAll("r" + System.nanoTime());
    return "%d extra, %d missing, %d different of %d"
        .formatted(seen.extra(), seen.missing(), seen.different(), seen.comparedRows());
  }

  private Reconciler reconciler(CopyEngine engine) throws SQLException {
    return Reconciler.of(engine.database(), engine.scope(), BOUNDS, rounds(engine));
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

  private void unseen(String statements) throws SQLException {
    postgres.run("SET kedge.applier = 'm'; " + statements);
  }

  private List<String> findings() throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection)
          .list(
              """
              SELECT move || ' ' || array_to_string(key, ',') || ' ' || kind AS finding
              FROM kedge.finding
              WHERE closed_at IS NULL
              ORDER BY move, key[1]::int""",
              row -> row.getString("finding"));
    }
  }
}
