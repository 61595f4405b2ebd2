package dev.kedge.projection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.KeyColumn;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ProjectionTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private static final MovePlan USERS =
      new MovePlan(
          1,
          MovePlan.Kind.COPY,
          new TableName("public", "users"),
          new TableName("app", "people"),
          List.of(
              new KeyColumn("tenant", "integer", "tenant_id", "bigint"),
              new KeyColumn("name", "text", "name", "character varying(40)")),
          List.of(
              new ProjectedColumn("tenant_id", "bigint", "tenant", Comparison.PLAIN, false),
              new ProjectedColumn("name", "character varying", "\"name\"", Comparison.BYTES, false),
              new ProjectedColumn("score", "numeric", "score -- as is", Comparison.PLAIN, true)),
          "NOT hidden",
          List.of(),
          2,
          Duration.ofMillis(50),
          -1);

  @Test
  void anOperatorWithAQuestionMarkIsNoBind() throws SQLException {
    postgres.run(
        """
        CREATE TABLE docs (id bigint PRIMARY KEY, data jsonb);
        CREATE TABLE tagged (id bigint PRIMARY KEY, tagged boolean);
        INSERT INTO docs VALUES (1, '{"tag": 1}'), (2, '{}')""");
    MovePlan docs =
        new MovePlan(
            1,
            MovePlan.Kind.COPY,
            new TableName("public", "docs"),
            new TableName("public", "tagged"),
            List.of(new KeyColumn("id", "bigint", "id", "bigint")),
            List.of(
                new ProjectedColumn("id", "bigint", "\"id\"", Comparison.PLAIN, false),
                new ProjectedColumn("tagged", "boolean", "data ? 'tag'", Comparison.PLAIN, false)),
            "data ? 'tag'",
            List.of(),
            2,
            Duration.ofMillis(50),
            -1);
    Fragment rows = Projection.forward(docs).rows(new KeyRange(List.of("0"), null));

    try (Connection connection = postgres.connect()) {
      assertEquals(
          List.of(true),
          new Sql(connection).list(rows.text(), row -> row.getBoolean("tagged"), rows.values()));
    }
  }

  @Test
  void rowsByRangeAreReadRowByRowBetweenBoundKeys() {
    Fragment rows =
        Projection.forward(USERS).rows(new KeyRange(List.of("1", "ann"), List.of("2", "bob")));

    assertEquals(
        """
        SELECT
          (
        tenant
        )::bigint AS "tenant_id",
          (
        "name"
        )::character varying AS "name",
          (
        score -- as is
        )::numeric AS "score"
        FROM "public"."users"
        WHERE ("tenant", "name") > (?::integer, ?::text) AND ("tenant", "name") <= (?::integer, ?::text)
          AND (
        NOT hidden
        )""",
        rows.text());
    assertEquals(List.of("1", "ann", "2", "bob"), rows.binds());
  }

  @Test
  void everyTableOfAJoinIsAskedForTheKeysItself() throws SQLException {
    postgres.run(
        """
        CREATE TABLE orders (id int PRIMARY KEY, v text);
        CREATE TABLE totals (order_id int PRIMARY KEY, total int);
        CREATE TABLE notes (id int PRIMARY KEY, v text);
        CREATE TABLE sales (id int PRIMARY KEY, total int, note text)""");
    Projection projection =
        Projection.forward(
            CopyMove.of(postgres, "orders", "sales")
                .join("totals")
                .joinOptional("notes")
                .column("note", "notes_v")
                .where("v > ''")
                .plan(1));
    Fragment rows = projection.rows(new KeyRange(List.of("1"), List.of("9")));

    assertEquals(
        """
        FROM (
          SELECT m.*, j1."total" AS "total", j2."v" AS "notes_v"
          FROM "public"."orders" m
          JOIN (
            SELECT * FROM "public"."totals" WHERE ("order_id") > (?::integer) AND ("order_id") <= (?::integer)
          ) j1 ON j1."order_id" = m."id"
          LEFT JOIN (
            SELECT * FROM "public"."notes" WHERE ("id") > (?::integer) AND ("id") <= (?::integer)
          ) j2 ON j2."id" = m."id"
          WHERE (m."id") > (?::integer) AND (m."id") <= (?::integer)
        ) source
        WHERE true
          AND (
        v > ''
        )""",
        rows.text().substring(rows.text().indexOf("FROM (")));
    assertEquals(List.of("1", "9", "1", "9", "1", "9"), rows.binds());
    assertEquals(
        "\"public\".\"orders\", \"public\".\"totals\", \"public\".\"notes\"",
        projection.readTables());
  }

  @Test
  void rowsByKeySetStandBehindACteThatKnowsItsSize() {
    Projection projection = Projection.forward(USERS);
    KeySet keys = KeySet.of(2, List.of(List.of("1", "ann"), List.of("2", "bob")));

    assertEquals(
        """
        kedge_keys (k1, k2) AS MATERIALIZED (
          SELECT u.k1::integer, u.k2::text
          FROM unnest(?::text[], ?::text[]) AS u (k1, k2)
        )""",
        projection.keys(keys).text());
    assertEquals(List.of(List.of("1", "2"), List.of("ann", "bob")), projection.keys(keys).binds());
    assertEquals(
        "(\"tenant\", \"name\") IN (SELECT k.k1, k.k2 FROM kedge_keys k)",
        projection.readIn(keys).text());
    assertEquals(
        "(\"tenant_id\", \"name\") IN (SELECT k.k1::bigint, k.k2::character varying(40) FROM"
            + " kedge_keys k)",
        projection.writtenIn(keys).text());
  }

  @Test
  void openEndsOfARangeLeaveTheirHalfOut() {
    KeySide side = new KeySide(List.of("id"), List.of("bigint"));

    assertEquals("true", side.in(KeyRange.ALL, "").text());
    assertEquals("(\"id\") > (?::bigint)", side.in(new KeyRange(List.of("7"), null), "").text());
    assertEquals(
        "(l.\"id\") <= (?::bigint)", side.in(new KeyRange(null, List.of("7")), "l.").text());
  }

  @Test
  void aRangeOfTheSourceIsCastBackOnATargetOfAnotherOrder() {
    KeySide source = new KeySide(List.of("id"), List.of("integer"));
    KeyRange above = new KeyRange(List.of("7"), null);

    assertEquals(
        "(\"id\") > (?::integer)",
        new KeySide(List.of("id"), List.of("bigint")).inRangeOf(source, above, "").text());
    assertEquals(
        "(\"id\"::integer) > (?::integer)",
        new KeySide(List.of("id"), List.of("text")).inRangeOf(source, above, "").text());
  }

  @Test
  void rangesTileTheKeysOfACollationOfItsOwn() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (k text COLLATE "C" PRIMARY KEY, v int);
        CREATE TABLE b (k varchar(10) COLLATE "C" PRIMARY KEY, v bigint);
        INSERT INTO a VALUES ('B', 1), ('a', 2), ('b', 3)""");
    Projection projection = Projection.forward(CopyMove.of(postgres, "a", "b").plan(1));

    assertEquals(List.of("B=1"), read(projection, new KeyRange(null, List.of("Z"))));
    assertEquals(List.of("a=2", "b=3"), read(projection, new KeyRange(List.of("Z"), null)));
    assertEquals(
        List.of("a=2"), read(projection, KeySet.of(1, List.of(List.of("a"), List.of("x")))));
  }

  private List<String> read(Projection projection, KeyScope scope) throws SQLException {
    Fragment keys = projection.keys(scope);
    Fragment query =
        Fragment.of(keys.text().isEmpty() ? "" : "WITH ")
            .then(keys)
            .then("\nSELECT k || '=' || v FROM (")
            .then(projection.comparableRows(scope))
            .then(") r ORDER BY r.k COLLATE \"C\"");
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).list(query.text(), row -> row.getString(1), query.values());
    }
  }
}
