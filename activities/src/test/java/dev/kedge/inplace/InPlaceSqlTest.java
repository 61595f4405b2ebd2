package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.projection.KeyRange;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InPlaceSqlTest {
  private static final ProjectedColumn HANDLE =
      new ProjectedColumn("handle", "text", "lower(username)", Comparison.BYTES, false);
  private static final ProjectedColumn USERNAME =
      new ProjectedColumn("username", "text", "handle", Comparison.BYTES, false);
  private static final TableName USERS = new TableName("public", "users");

  @Test
  void aChunkIsOneUpdateOfWhatDiffers() {
    MovePlan move =
        new MovePlan(
            1,
            MovePlan.Kind.IN_PLACE,
            USERS,
            USERS,
            List.of(new KeyColumn("id", "bigint", "id", "bigint")),
            List.of(HANDLE),
            null,
            List.of(USERNAME),
            2,
            Duration.ofMillis(50),
            -1);

    assertEquals(
        """
        UPDATE "public"."users"
        SET "handle" = (
        lower(username)
        )::text
        WHERE ("id") > (?::bigint) AND ("id") <= (?::bigint)
          AND ((("handle")::text COLLATE "C" IS DISTINCT FROM ((
        lower(username)
        )::text)::text COLLATE "C"))""",
        FillSql.fill(move, new KeyRange(List.of("10"), List.of("20"))).text());
  }

  @Test
  void theForwardHalfSetsTheNewColumnsOfEveryRow() {
    assertEquals(
        """
        CREATE OR REPLACE FUNCTION kedge."fill_7_1"() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET TimeZone = 'UTC'
        SET DateStyle = 'ISO, YMD'
        SET IntervalStyle = 'postgres'
        SET extra_float_digits = 1
        SET bytea_output = 'hex'
        AS $kedge$
        #variable_conflict use_column
        DECLARE
          kedge_row record;
          kedge_to record;
          kedge_side text;
        BEGIN
          kedge_row := NEW;
          SELECT (
        lower(username)
        )::text AS v1
          INTO kedge_to
          FROM (SELECT (NEW).*) AS "users";
          kedge_row."handle" := kedge_to.v1;
          RETURN kedge_row;
        EXCEPTION WHEN OTHERS THEN
          RETURN NEW;
        END
        $kedge$""",
        functions().create(Half.FILL, "fill_7_1"));
  }

  @Test
  void bothHalvesAskWhoWrote() {
    String function = functions().create(Half.BOTH, "both_7_1");

    assertEquals(
        """
          IF TG_OP = 'INSERT' THEN
            kedge_side := CASE WHEN (NEW."handle" IS NULL) THEN 'old' ELSE 'new' END;
          ELSIF ((NEW."handle")::text COLLATE "C" IS DISTINCT FROM (OLD."handle")::text COLLATE "C") THEN
            kedge_side := 'new';
          ELSIF ((NEW."username")::text COLLATE "C" IS DISTINCT FROM (OLD."username")::text COLLATE "C") THEN
            kedge_side := 'old';
          ELSE
            BEGIN
              SELECT CASE WHEN (NOT ((kedge_was.v1)::text COLLATE "C" IS DISTINCT FROM (kedge_is.v1)::text COLLATE "C")) THEN 'neither' ELSE 'old' END
              INTO kedge_side
              FROM (SELECT (
        lower(username)
        )::text AS v1 FROM (SELECT (OLD).*) AS "users") AS kedge_was,
                (SELECT (
        lower(username)
        )::text AS v1 FROM (SELECT (NEW).*) AS "users") AS kedge_is;
            EXCEPTION WHEN OTHERS THEN
              kedge_side := 'old';
            END;
          END IF;
          IF kedge_side = 'old' THEN
          SELECT (
        lower(username)
        )::text AS v1
          INTO kedge_to
          FROM (SELECT (NEW).*) AS "users";
          kedge_row."handle" := kedge_to.v1;
          END IF;
          IF kedge_side = 'new' THEN
          SELECT (
        handle
        )::text AS v1
          INTO kedge_to
          FROM (SELECT (NEW).*) AS "users";
          kedge_row."username" := kedge_to.v1;
          END IF;
        """,
        function.substring(
            function.indexOf("  IF TG_OP"), function.indexOf("  RETURN kedge_row;")));
  }

  private static TriggerFunctionSql functions() {
    return new TriggerFunctionSql(
        "users",
        List.of(new WrittenColumn(HANDLE, false, null)),
        List.of(new WrittenColumn(USERNAME, false, null)));
  }
}
