package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Refusal;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.SpecReader;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the server says of merges: of a joined row, and of who owns a row. */
final class ShapesPlanActivitiesTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private static final String UNION =
      """
      expand:
        - CREATE TABLE contacts (kind text, id bigint, value text, PRIMARY KEY (kind, id))
      moves:
        - {from: phones, to: contacts, columns: {kind: "'phone'", value: number}, owns: "kind = 'phone'"}
        - {from: mails, to: contacts, columns: {kind: "'mail'", value: address}, owns: "kind = 'mail'"}
      """;
  private static final String JOIN =
      """
      expand:
        - ALTER TABLE notes ADD COLUMN author text
        - CREATE TABLE sales (id bigint PRIMARY KEY, v text, total numeric(10,2), note text, author text)
      moves:
        - from: {main: orders, join: [totals, {table: notes, optional: true}]}
          to: sales
          columns:
            note: upper(notes_v || v)
            total: coalesce(total, 0)
          where: total IS DISTINCT FROM 7
      """;

  @BeforeEach
  void tables() throws Exception {
    postgres.run(
        """
        CREATE TABLE phones (id bigint PRIMARY KEY, number text);
        CREATE TABLE mails (id bigint PRIMARY KEY, address text);
        CREATE TABLE orders (id bigint PRIMARY KEY, v text);
        CREATE TABLE totals (order_id bigint PRIMARY KEY, total numeric(10,2) NOT NULL);
        CREATE TABLE notes (id bigint PRIMARY KEY, v text)""");
  }

  @Test
  void aUnionIsPlanned() throws Exception {
    Plan plan = plan(UNION);

    assertEquals(List.of(), plan.refusals());
    assertEquals(
        "\"kind\" = (\n'phone'\n)::text AND (\nkind = 'phone'\n) AND (\nkind = 'mail'\n) IS NOT TRUE",
        plan.move(1).owns());
  }

  @Test
  void anOwnerThatIsProvedWrongIsRefused() throws Exception {
    Refusal own = only(plan(UNION.replaceFirst("owns: \"kind = 'phone'\"", "owns: kind = 'x'")));
    assertEquals("moves[1].owns", own.object());
    assertTrue(own.why().contains("it is false for its own rows"), own.why());

    Refusal other =
        only(plan(UNION.replaceFirst("owns: \"kind = 'phone'\"", "owns: kind IS NOT NULL")));
    assertTrue(other.why().contains("it is true for each row of move 2"), other.why());
  }

  @Test
  void anOwnerThatNeedsARowIsLeftToTheRows() throws Exception {
    assertEquals(
        List.of(),
        plan(UNION.replaceFirst("owns: \"kind = 'phone'\"", "owns: kind = 'phone' AND id > 0"))
            .refusals());
  }

  @Test
  void anOwnerIsOneImmutableExpressionOverATargetRow() throws Exception {
    for (String wrong : List.of("random() > 0", "kind = (SELECT 'phone')", "number = 'x'")) {
      Refusal refusal =
          only(plan(UNION.replaceFirst("owns: \"kind = 'phone'\"", "owns: \"" + wrong + "\"")));
      assertEquals("KD2104 moves[1].owns", refusal.code() + " " + refusal.object());
    }
  }

  @Test
  void aMergeIsJudgedOnTheJoinedRow() throws Exception {
    Plan plan = plan(JOIN);

    assertEquals(List.of(), plan.refusals());
    MovePlan move = plan.move(1);
    assertEquals(
        List.of("id", "v", "total", "note", "author"),
        move.columns().stream().map(column -> column.column()).toList());
    assertEquals("total IS DISTINCT FROM 7", move.where());
    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM pg_class WHERE relname LIKE 'kedge%'"));
  }

  @Test
  void anExpressionReadsTheJoinedRowWithoutTheNamesOfItsTables() throws Exception {
    Refusal refusal = only(plan(JOIN.replace("upper(notes_v || v)", "upper(notes.v)")));
    assertEquals("moves[1].columns.note", refusal.object());
    only(plan(JOIN.replace("coalesce(total, 0)", "coalesce(total, order_id)")));
  }

  @Test
  void aPlanStandsOnEveryJoinedTable() throws Exception {
    Plan plan = plan(JOIN);
    assertEquals(List.of(), activities().checkPlan(plan));

    postgres.run("ALTER TABLE notes ADD COLUMN later int");
    List<Refusal> stale = activities().checkPlan(plan);
    assertEquals(List.of("KD3002"), stale.stream().map(Refusal::code).toList());
    assertTrue(stale.get(0).object().contains("public.notes"), stale.get(0).object());
  }

  @Test
  void aWorkersRoleNeedsItsRightsOnJoinedTables() throws Exception {
    postgres.run(
        """
        DO $$ BEGIN
          IF to_regrole('joiner') IS NULL THEN CREATE ROLE joiner LOGIN; END IF;
          EXECUTE format('GRANT CREATE ON DATABASE %I TO joiner', current_database());
        END $$;
        GRANT ALL ON SCHEMA public TO joiner;
        ALTER TABLE orders OWNER TO joiner;
        ALTER TABLE totals OWNER TO joiner;
        GRANT SELECT, UPDATE ON notes TO joiner""");
    try (Databases databases =
        new Databases()
            .add(
                "app",
                postgres.jdbcUrl().replace("user=kedge", "user=joiner"),
                new Properties(),
                4)) {
      String spec = JOIN.replace("  - ALTER TABLE notes ADD COLUMN author text\n", "");
      Refusal refusal =
          only(
              new PostgresPlanActivities(databases)
                  .makePlan(
                      SpecReader.read(
                          "s.yaml",
                          "kedge: 1\nmigration: s\ndatabase: app\n"
                              + spec.replace(", author text", ""))));
      assertEquals("KD2201 public.notes", refusal.code() + " " + refusal.object());
      assertTrue(refusal.why().contains("lacks TRIGGER"), refusal.why());
    }
  }

  @Test
  void aReferenceFromANewTableMayStayUnlessItActs() throws Exception {
    String spec =
        """
        expand:
          - CREATE TABLE sales (id bigint PRIMARY KEY, v text)
          - CREATE TABLE "Refunds" (id bigint PRIMARY KEY, sale bigint REFERENCES sales)
        moves:
          - {from: orders, to: sales}
        """;
    assertEquals(List.of(), plan(spec).refusals());

    for (String action : List.of("ON DELETE CASCADE", "ON UPDATE SET NULL", "ON DELETE RESTRICT")) {
      Refusal refusal = only(plan(spec.replace("REFERENCES sales", "REFERENCES sales " + action)));
      assertEquals("KD2119 public.sales", refusal.code() + " " + refusal.object());
      assertTrue(refusal.why().contains(action), refusal.why());
    }
    only(
        plan(
            spec.replace(
                "CREATE TABLE \"Refunds\" (id bigint PRIMARY KEY, sale bigint REFERENCES sales)",
                "ALTER TABLE notes ADD FOREIGN KEY (id) REFERENCES sales NOT VALID")));
    only(
        plan(
            spec.replace(
                    "sale bigint REFERENCES sales", "v text, FOREIGN KEY (id) REFERENCES sales")
                + "  - {from: notes, to: '\"Refunds\"'}\n"));
  }

  @Test
  void whatTheSourceCountsTheTargetDoesNotCountByItself() throws Exception {
    postgres.run(
        """
        CREATE TABLE serials (id bigserial PRIMARY KEY, v text);
        CREATE TABLE identities (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text)""");
    for (String from : List.of("serials", "identities")) {
      for (String own : List.of("bigserial", "bigint GENERATED BY DEFAULT AS IDENTITY")) {
        String spec =
            """
            expand:
              - CREATE TABLE sales (id %s PRIMARY KEY, v text)
            moves:
              - {from: %s, to: sales}
            """
                .formatted(own, from);
        Refusal refusal = only(plan(spec));
        assertEquals("KD2132 public.sales.id", refusal.code() + " " + refusal.object());
        // The remedy, in the words it is given in, is one.
        String help = refusal.help();
        String remedy = help.substring(help.indexOf("ALTER TABLE"), help.length() - 1);
        String mended = spec.replace("moves:", "  - " + remedy + "\nmoves:");
        assertEquals(List.of(), plan(mended).refusals(), mended);
      }
    }
  }

  private Plan plan(String body) throws Exception {
    return activities()
        .makePlan(SpecReader.read("s.yaml", "kedge: 1\nmigration: s\ndatabase: app\n" + body));
  }

  private PostgresPlanActivities activities() {
    return new PostgresPlanActivities(postgres.databases());
  }

  private static Refusal only(Plan plan) {
    assertEquals(1, plan.refusals().size(), plan.refusals().toString());
    return plan.refusals().get(0);
  }
}
