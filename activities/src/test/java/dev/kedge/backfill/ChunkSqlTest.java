package dev.kedge.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.capture.KeyLog;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.Projection;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The text of the statements that copy and converge, as the server gets it. */
final class ChunkSqlTest {
  private static final MovePlan MOVE =
      new MovePlan(
          1,
          MovePlan.Kind.COPY,
          new TableName("public", "users"),
          new TableName("public", "people"),
          List.of(new KeyColumn("id", "integer", "id", "bigint")),
          List.of(
              new ProjectedColumn("id", "bigint", "id", Comparison.PLAIN, false),
              new ProjectedColumn("handle", "text", "lower(name)", Comparison.BYTES, true)),
          null,
          List.of(),
          2,
          Duration.ofMillis(50),
          -1);

  private static final Projection PROJECTION = Projection.forward(MOVE);
  private static final KeySet KEYS = KeySet.of(1, List.of(List.of("7"), List.of("9")));

  @Test
  void aBoundaryIsTheServersKeySoManyRowsFurtherOn() {
    Fragment boundary =
        ChunkSql.boundary(
            MOVE.source(), PROJECTION.readKey(), new KeyRange(List.of("7"), null), 1_000);

    assertEquals(
        """
        SELECT ARRAY[k."id"::text] AS key
        FROM (
          SELECT "id"
          FROM "public"."users"
          WHERE ("id") > (?::integer)
          ORDER BY "id"
          OFFSET ? LIMIT 1
        ) k""",
        boundary.text());
    assertEquals(List.of("7", 999L), boundary.binds());
  }

  @Test
  void aChunkIsAPlainInsert() {
    Fragment copy = ChunkSql.copy(PROJECTION, new KeyRange(List.of("7"), List.of("9")));

    assertEquals(
        """
        INSERT INTO "public"."people" ("id", "handle") OVERRIDING SYSTEM VALUE
        SELECT
          (
        id
        )::bigint AS "id",
          (
        lower(name)
        )::text AS "handle"
        FROM "public"."users"
        WHERE ("id") > (?::integer) AND ("id") <= (?::integer)
        ORDER BY "users"."id\"""",
        copy.text());
    assertEquals(List.of("7", "9"), copy.binds());
  }

  @Test
  void rowsWhoseUniqueColumnsChangeAreDeletedAndInsertedInOneStatement() {
    assertEquals(
        """
        WITH kedge_keys (k1) AS MATERIALIZED (
          SELECT u.k1::integer
          FROM unnest(?::text[]) AS u (k1)
        ),
        kedge_rows AS MATERIALIZED (
        SELECT
          (
        id
        )::bigint AS "id",
          ((
        lower(name)
        )::text) COLLATE "default" AS "handle"
        FROM "public"."users"
        WHERE ("id") IN (SELECT k.k1 FROM kedge_keys k)
        ),
        gone AS (
          DELETE FROM "public"."people"
          WHERE ("id") IN (SELECT k.k1::bigint FROM kedge_keys k)
            AND NOT EXISTS (SELECT FROM kedge_rows r WHERE r."id" = "public"."people"."id" \
        AND NOT (ROW(r."handle")::record OPERATOR(pg_catalog.*<>) \
        ROW("public"."people"."handle")::record))
          RETURNING 1
        ),
        made AS (
          INSERT INTO "public"."people" ("id", "handle") OVERRIDING SYSTEM VALUE
          SELECT r."id", r."handle"
          FROM kedge_rows r
          WHERE (SELECT count(*) FROM gone) >= 0
            AND NOT EXISTS (
              SELECT FROM "public"."people" WHERE r."id" = "public"."people"."id" \
        AND NOT (ROW(r."handle")::record OPERATOR(pg_catalog.*<>) \
        ROW("public"."people"."handle")::record))
          RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone) AS deleted, (SELECT count(*) FROM made) AS inserted""",
        new ConvergeSql(PROJECTION).replace(KEYS).text());
  }

  @Test
  void aWindowIsReadByXmaxAndXip() {
    Fragment keys =
        WindowSql.keysIn(
            KeyLog.forward(3, MOVE),
            "5:9:7",
            new Cut("8", "5:8:7"),
            new KeyRange(null, List.of("20")));

    assertEquals(
        """
        SELECT DISTINCT l.k1::text COLLATE "C" AS k1
        FROM (
          SELECT * FROM kedge."log_3_1" WHERE xid >= pg_snapshot_xmax(?::pg_snapshot) AND xid < ?::xid8
        UNION ALL
        SELECT * FROM kedge."log_3_1" WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(?::pg_snapshot))) AND xid < ?::xid8
        ) l
        WHERE l.k1 IS NULL OR ((l."k1") <= (?::integer))""",
        keys.text());
    assertEquals(List.of("5:9:7", "8", "5:9:7", "8", "20"), keys.binds());
  }
}
