package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.VerifyActivities.TablesRequest;
import dev.kedge.plan.Catalog;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A row that a table without a key has once too often, among many, and among some that are rightly
 * there twice. {@code -Dkedge.repair.rows=5000000} makes the table larger.
 */
final class DoubledRowTest {
  private static final int ROWS = Integer.getInteger("kedge.repair.rows", 200_000);
  private static final Pattern PLACE =
      Pattern.compile("none: content [0-9a-f]{64} at ctid (\\(\\d+,\\d+\\)), there 3 times .* 2");

  // Rows as they are, where they lie and who wrote them; of the doubled one, how often it is there.
  private static final String CONTENT =
      """
      SELECT md5(string_agg(md5(concat_ws('|', t.ctid, t.xmin, t.*)), '' ORDER BY t.ctid)
          FILTER (WHERE t.at <> %2$s))
        || ' ' || count(*) FILTER (WHERE t.at = %2$s)
      FROM %1$s t""";

  // The one before the last: rows are there in pairs.
  private static final String DOUBLED =
      "('2026-01-01 00:00Z'::timestamptz + %d * interval '1 s')".formatted(ROWS / 2 - 1);

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void aDoubledRowIsNamedByItsPlaceTakenAwayThereAndNothingElseIsTouched() throws SQLException {
    postgres.run(
        """
        CREATE TABLE readings (at timestamptz, sensor text, celsius numeric);
        INSERT INTO readings
        SELECT '2026-01-01 00:00Z'::timestamptz + i / 2 * interval '1 s', 's' || i / 2 %% 50,
          (i / 2 %% 400) / 10.0
        FROM generate_series(2, %d) i;
        CREATE TABLE readings_new (LIKE readings);
        INSERT INTO readings_new SELECT * FROM readings"""
            .formatted(ROWS + 1));
    assertEquals(0, compare().unproven());
    String source = content("readings");
    String target = content("readings_new");
    postgres.run(
        "INSERT INTO readings_new SELECT * FROM readings_new WHERE at = %s LIMIT 1"
            .formatted(DOUBLED));

    Comparison seen = compare();

    assertEquals(ROWS, seen.comparedRows());
    assertEquals("0 1 0 0", counts(seen));
    Matcher place = PLACE.matcher(seen.examples().get(0).key());
    assertTrue(place.matches(), seen.examples().toString());
    // No tail could tell which of three equal rows to write: whoever owns the table takes one away.
    postgres.run("DELETE FROM readings_new WHERE ctid = '%s'".formatted(place.group(1)));
    Comparison again = compare();
    assertEquals(0, again.unproven());
    assertEquals(ROWS, again.agreesForward());
    assertEquals(source, content("readings"));
    assertEquals(target, content("readings_new"));
  }

  private static String counts(Comparison seen) {
    return "%d %d %d %d"
        .formatted(seen.missing(), seen.extra(), seen.different(), seen.notComparable());
  }

  private Comparison compare() throws SQLException {
    List<Duration> soon = List.of(Duration.ofMillis(1));
    return new PostgresVerifyActivities(postgres.databases(), soon)
        .compareWithoutKey(new TablesRequest("m", postgres.database().name(), move(), 100));
  }

  private static MovePlan move() {
    return new MovePlan(
        1,
        MovePlan.Kind.COPY,
        new TableName("public", "readings"),
        new TableName("public", "readings_new"),
        List.of(),
        List.of(
            column("at", "timestamp with time zone", Catalog.Comparison.PLAIN),
            column("sensor", "text", Catalog.Comparison.BYTES),
            column("celsius", "numeric", Catalog.Comparison.PLAIN)),
        null,
        List.of(),
        1,
        Duration.ofMillis(50),
        -1);
  }

  private static ProjectedColumn column(String name, String type, Catalog.Comparison by) {
    return new ProjectedColumn(name, type, name, by, false);
  }

  private String content(String table) throws SQLException {
    return Fixture.value(postgres, CONTENT.formatted(table, DOUBLED));
  }
}
