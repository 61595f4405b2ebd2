package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MultisetMatcherTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void logs() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (n int, t text, x numeric, j json, m money);
        INSERT INTO a
        SELECT i % 50, CASE WHEN i % 7 > 0 THEN 't' || i % 10 END, i % 5, '{"a": 1}', i % 3
        FROM generate_series(1, 1000) i;
        CREATE TABLE b (n bigint, t text COLLATE "C", x numeric, j json, m money);
        INSERT INTO b SELECT * FROM a ORDER BY random()""");
  }

  private static Projection projection(String n) {
    KeySide none = new KeySide(List.of(), List.of());
    return new Projection(
        new TableName("public", "a"),
        new TableName("public", "b"),
        none,
        none,
        List.of(
            new ProjectedColumn("n", "bigint", n, Comparison.PLAIN, false),
            new ProjectedColumn("t", "text", "t", Comparison.BYTES, false),
            new ProjectedColumn("x", "numeric", "x", Comparison.PLAIN, false),
            new ProjectedColumn("j", "json", "j", Comparison.TEXT, false),
            new ProjectedColumn("m", "money", "m", Comparison.PLAIN, false)),
        null,
        null,
        List.of());
  }

  private Multisets compare() {
    Multisets one = matcher(Long.MAX_VALUE / 2).compare();
    // However many buckets the rows are cut into, they come to the same.
    Multisets many = matcher(90).compare();
    assertEquals(one.missing() + " " + one.extra(), many.missing() + " " + many.extra());
    assertEquals(one.there(), many.there());
    assertEquals(Math.min(one.odd().size(), 100), Math.min(many.odd().size(), 100));
    return one;
  }

  private MultisetMatcher matcher(long rows) {
    return matcher("n", rows);
  }

  private MultisetMatcher matcher(String n, long rows) {
    return new MultisetMatcher(postgres.database(), "m", projection(n), LONG, rows);
  }

  @Test
  void theSameRowsInAnyOrderAreTheSame() throws SQLException {
    postgres.run("UPDATE b SET x = x * 1.00; ANALYZE a, b");
    Multisets seen = compare();
    assertTrue(seen.proven(), seen.toString());
    assertEquals(1000, seen.wanted());
    assertEquals(1000, seen.there());
  }

  @Test
  void aDoubledRowIsNamedByItsContentAndItsPlace() throws SQLException {
    postgres.run("INSERT INTO b SELECT * FROM b WHERE n = 7 AND t = 't7' LIMIT 1; ANALYZE a, b");
    Multisets seen = compare();
    assertFalse(seen.proven());
    assertEquals(1, seen.extra());
    assertEquals(0, seen.missing());
    Multisets.Odd odd = seen.odd().get(0);
    assertEquals(odd.wanted() + 1, odd.there());
    assertTrue(odd.wanted() > 0, odd.toString());
    assertTrue(odd.content().matches("[0-9a-f]{64}"), odd.toString());
    assertTrue(String.valueOf(odd.place()).matches("\\(\\d+,\\d+\\)"), odd.toString());
  }

  @Test
  void missingExtraAndChangedRowsAreCounted() throws SQLException {
    postgres.run(
        """
        DELETE FROM b WHERE ctid IN (SELECT ctid FROM b WHERE n = 1 LIMIT 2);
        INSERT INTO b VALUES (1000, 'ghost', 1, '{}', 1);
        UPDATE b SET t = '' WHERE ctid = (SELECT ctid FROM b WHERE t IS NULL LIMIT 1);
        UPDATE b SET j = '{"a":1}' WHERE ctid = (SELECT ctid FROM b WHERE n = 2 LIMIT 1);
        ANALYZE a, b""");
    Multisets seen = compare();
    assertEquals(4, seen.missing(), seen.toString());
    assertEquals(3, seen.extra(), seen.toString());
  }

  @Test
  void anErrorInEveryRowIsSeenInEveryRow() throws SQLException {
    postgres.run("UPDATE b SET n = n + 1, x = x + 1; ANALYZE a, b");
    Multisets seen = compare();
    assertEquals(seen.missing(), seen.extra());
    assertTrue(seen.missing() > 800, seen.toString());
    postgres.run("UPDATE b SET n = x, x = n; ANALYZE a, b");
    assertTrue(compare().missing() > 800);
  }

  @Test
  void valuesThatTwoRowsSwapAreSeen() throws SQLException {
    postgres.run(
        """
        DELETE FROM a; DELETE FROM b;
        INSERT INTO a VALUES (1, 'x', 5, NULL, NULL), (2, 'y', 6, NULL, NULL);
        INSERT INTO b VALUES (1, 'y', 5, NULL, NULL), (2, 'x', 6, NULL, NULL)""");
    Multisets seen = compare();
    assertEquals(2, seen.missing());
    assertEquals(2, seen.extra());
  }

  // The compare is held in its first bucket while rows come that only the others could see.
  @Test
  void allBucketsAreOfOneSnapshot() throws Exception {
    postgres.run(
        """
        ANALYZE a, b;
        CREATE FUNCTION public.held(n int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          WHILE NOT pg_try_advisory_xact_lock_shared(7) LOOP PERFORM pg_sleep(0.01); END LOOP;
          RETURN n;
        END $$""");
    try (Connection holder = postgres.connect()) {
      Sql sql = new Sql(holder);
      sql.execute("SELECT pg_advisory_lock(7)");
      CompletableFuture<Multisets> seen =
          CompletableFuture.supplyAsync(() -> matcher("public.held(n)", 90).compare());
      Await.until(
          () ->
              Fixture.value(
                      postgres,
                      """
                      SELECT count(*) FROM pg_stat_activity
                      WHERE application_name = 'kedge:m:compare' AND wait_event = 'PgSleep'""")
                  .equals("1"));
      sql.execute("INSERT INTO b SELECT * FROM b; SELECT pg_advisory_unlock(7)");
      assertTrue(seen.get().proven(), seen.get().toString());
    }
    assertEquals(1000, matcher(90).compare().extra());
  }

  @Test
  void anErrorIsNoMatch() throws SQLException {
    postgres.run("ALTER TABLE b DROP COLUMN j");
    Multisets seen = matcher(1_000_000).compare();
    assertFalse(seen.proven());
    assertTrue(String.valueOf(seen.reason()).contains("does not exist"), seen.toString());
    postgres.run("ALTER TABLE b ADD COLUMN j json");
    assertFalse(
        new MultisetMatcher(postgres.database(), "m", projection("n"), Duration.ofMillis(1), 1)
            .compare()
            .proven());
  }
}
