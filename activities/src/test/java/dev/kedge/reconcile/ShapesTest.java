package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.backfill.ConcurrentApplication;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Each shape of a copy from empty to proven, beside an application at all isolation levels; what is
 * right is asked of the server in plain SQL, not of our projections.
 */
final class ShapesTest {
  private static final Bounds BOUNDS = new Bounds(Duration.ofMillis(200), 50, 10_000);
  private static final long TRANSACTIONS = 300;
  private static final int KEYS = 200;

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void union() throws Exception {
    postgres.run(
        """
        CREATE TABLE phones (id int PRIMARY KEY, v text);
        CREATE TABLE mails (id int PRIMARY KEY, v text);
        CREATE TABLE contacts (kind int, id int, v text, PRIMARY KEY (kind, id));
        INSERT INTO phones SELECT i, 'p' FROM generate_series(1, 150) i;
        INSERT INTO mails SELECT i, 'm' FROM generate_series(50, 200) i""");
    walk(
        List.of(
            CopyMove.of(postgres, "phones", "contacts")
                .column("kind", "1")
                .owns("kind = 1 AND (kind = 2) IS NOT TRUE")
                .plan(1),
            CopyMove.of(postgres, "mails", "contacts")
                .column("kind", "2")
                .owns("kind = 2 AND (kind = 1) IS NOT TRUE")
                .plan(2)),
        random -> changes(random, random.nextBoolean() ? "phones" : "mails", "v"),
        "contacts t USING (kind, id)",
        "SELECT 1 AS kind, id, v FROM phones UNION ALL SELECT 2, id, v FROM mails");
  }

  /** Rows go from one source to the other, each time under the same key of the target. */
  @Test
  void unionOfRowsThatChangeTheirSource() throws Exception {
    postgres.run(
        """
        CREATE TABLE phones (id int PRIMARY KEY, v text);
        CREATE TABLE mails (id int PRIMARY KEY, v text);
        CREATE TABLE contacts (id int PRIMARY KEY, origin text, v text);
        INSERT INTO phones SELECT i, 'p' FROM generate_series(1, 100) i;
        INSERT INTO mails SELECT i, 'm' FROM generate_series(101, 200) i""");
    walk(
        List.of(
            CopyMove.of(postgres, "phones", "contacts")
                .column("origin", "'phone'")
                .owns("origin = 'phone' AND (origin = 'mail') IS NOT TRUE")
                .plan(1),
            CopyMove.of(postgres, "mails", "contacts")
                .column("origin", "'mail'")
                .owns("origin = 'mail' AND (origin = 'phone') IS NOT TRUE")
                .plan(2)),
        random -> {
          String[] tables = {"phones", "mails"};
          int from = random.nextInt(2);
          int id = 1 + random.nextInt(KEYS);
          // Both tables are locked in one order, or a key might be in both for a moment.
          return List.of(
              "LOCK TABLE phones, mails IN SHARE ROW EXCLUSIVE MODE",
              "WITH gone AS (DELETE FROM %s WHERE id = %d RETURNING *) INSERT INTO %s SELECT id, 'w%d' FROM gone"
                  .formatted(tables[from], id, tables[1 - from], random.nextInt(1000)));
        },
        "contacts t USING (id, origin)",
        "SELECT id, 'phone' AS origin, v FROM phones UNION ALL SELECT id, 'mail', v FROM mails");
  }

  @Test
  void join() throws Exception {
    postgres.run(
        """
        CREATE TABLE orders (id int PRIMARY KEY, v text);
        CREATE TABLE totals (order_id int PRIMARY KEY, total text);
        CREATE TABLE notes (id int PRIMARY KEY, v text);
        CREATE TABLE sales (id int PRIMARY KEY, v text, total text, note text);
        INSERT INTO orders SELECT i, 'o' FROM generate_series(1, 150) i;
        INSERT INTO totals SELECT i, 't' FROM generate_series(50, 200) i;
        INSERT INTO notes SELECT i, 'n' FROM generate_series(1, 200, 3) i""");
    walk(
        List.of(
            CopyMove.of(postgres, "orders", "sales")
                .join("totals")
                .joinOptional("notes")
                .column("note", "notes_v")
                .plan(1)),
        random ->
            switch (random.nextInt(3)) {
              case 0 -> changes(random, "orders", "v");
              case 1 -> changes(random, "totals", "total");
              default -> changes(random, "notes", "v");
            },
        "sales t USING (id)",
        """
        SELECT o.id, concat_ws('|', o.v, t.total, n.v, n.id) AS v
        FROM orders o JOIN totals t ON t.order_id = o.id LEFT JOIN notes n ON n.id = o.id""",
        "concat_ws('|', t.v, t.total, t.note, CASE WHEN t.note IS NOT NULL THEN t.id END)");
  }

  @Test
  void splitAndFilter() throws Exception {
    postgres.run(
        """
        CREATE TABLE orders (id int PRIMARY KEY, v text);
        CREATE TABLE low (id int PRIMARY KEY, v text);
        CREATE TABLE copies (id int PRIMARY KEY, v text);
        INSERT INTO orders SELECT i, i % 2 FROM generate_series(1, 150) i""");
    List<CopyEngine> engines =
        walk(
            List.of(
                CopyMove.of(postgres, "orders", "low").where("v < 'w5'").plan(1),
                CopyMove.of(postgres, "orders", "copies").plan(2)),
            random -> changes(random, "orders", "v"),
            "low t USING (id)",
            "SELECT id, v FROM orders WHERE v < 'w5'");
    assertOracle("copies t USING (id)", "SELECT id, v FROM orders", "t.v");

    engines.get(0).capture().removeCapture(engines.get(0).scope());
    postgres.run("UPDATE orders SET v = 'after'");
    engines.get(1).round();
    assertOracle("copies t USING (id)", "SELECT id, v FROM orders", "t.v");
    postgres.run("DELETE FROM low");
  }

  private List<CopyEngine> walk(
      List<MovePlan> moves,
      Function<Random, List<String>> transaction,
      String target,
      String oracle)
      throws Exception {
    return walk(moves, transaction, target, oracle, "t.v");
  }

  private List<CopyEngine> walk(
      List<MovePlan> moves,
      Function<Random, List<String>> transaction,
      String target,
      String oracle,
      String value)
      throws Exception {
    List<CopyEngine> engines = new ArrayList<>();
    try (ConcurrentApplication application =
        ConcurrentApplication.start(postgres, 4711, transaction)) {
      for (MovePlan move : moves) {
        engines.add(
            engines.isEmpty() ? CopyEngine.start(postgres, move) : engines.get(0).beside(move));
      }
      for (CopyEngine engine : engines) {
        engine.cutEvery(40, KEYS);
      }
      for (CopyEngine engine : engines) {
        fill(engine, engines);
      }
      long before = application.committed();
      while (application.committed() < before + TRANSACTIONS) {
        rounds(engines);
      }
      application.stop();
    }
    // Two rounds of each settle what stood in another's way.
    rounds(engines);
    rounds(engines);
    assertOracle(target, oracle, value);
    for (CopyEngine engine : engines) {
      Comparison seen =
          Reconciler.of(engine.database(), engine.scope(), BOUNDS, now -> quietly(engines))
              .compareAll("r");
      assertEquals(0, seen.unproven(), engine.scope().move().source() + ": " + seen);
      assertTrue(seen.comparedRows() > 0);
    }
    return engines;
  }

  // A chunk may meet a row of the other move that is on its way out.
  private static void fill(CopyEngine engine, List<CopyEngine> all) throws Exception {
    var lane = dev.kedge.postgres.Concurrently.start(() -> engine.lane().outcome());
    while (!lane.isDone()) {
      for (CopyEngine other : all) {
        if (other != engine) {
          round(other);
        }
      }
    }
    assertEquals(Outcome.DONE, lane.result());
  }

  private static void quietly(List<CopyEngine> engines) {
    try {
      rounds(engines);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void rounds(List<CopyEngine> engines) throws SQLException {
    for (CopyEngine engine : engines) {
      round(engine);
    }
  }

  private static void round(CopyEngine engine) throws SQLException {
    try {
      engine.round();
    } catch (SQLException e) {
      boolean passes =
          e.getSQLState().equals("23505") || SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION;
      if (!passes) {
        throw e;
      }
    }
  }

  private static List<String> changes(Random random, String table, String column) {
    List<String> statements = new ArrayList<>();
    String key = table.equals("totals") ? "order_id" : "id";
    for (int i = 0; i <= random.nextInt(3); i++) {
      int id = 1 + random.nextInt(KEYS);
      int value = random.nextInt(10);
      statements.add(
          switch (random.nextInt(8)) {
            case 0 -> "DELETE FROM %s WHERE %s = %d".formatted(table, key, id);
            case 1, 2 ->
                "INSERT INTO %s VALUES (%d, 'w%d') ON CONFLICT DO NOTHING"
                    .formatted(table, id, value);
            case 3 ->
                "UPDATE %s SET %s = %d WHERE %s = %d"
                    .formatted(table, key, 1 + random.nextInt(KEYS), key, id);
            case 4 ->
                random.nextInt(20) == 0
                    ? "TRUNCATE %1$s; INSERT INTO %1$s SELECT i, 'w' || i %% 10 FROM generate_series(1, %2$d, 2) i"
                        .formatted(table, KEYS)
                    : "UPDATE %s SET %s = 'w%d' WHERE %s %% 7 = %d"
                        .formatted(table, column, value, key, id % 7);
            default ->
                "UPDATE %s SET %s = 'w%d' WHERE %s = %d".formatted(table, column, value, key, id);
          });
    }
    return statements;
  }

  private void assertOracle(String target, String oracle, String value) throws SQLException {
    assertEquals(
        "0",
        Fixture.value(
            postgres,
            "SELECT count(*) FROM (%s) s FULL JOIN %s WHERE s.v IS DISTINCT FROM %s"
                .formatted(oracle, target, value)));
  }
}
