package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.DdlActivities.DdlRequest;
import dev.kedge.activity.DdlActivities.UndoRequest;
import dev.kedge.activity.DdlActivities.UndoResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Catalog;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Step;
import dev.kedge.plan.Step.Destroyed;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.RegisteredMigration;
import dev.kedge.spec.TableName;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class PostgresDdlActivitiesTest {
  private static final TableName USERS = new TableName("public", "users");
  private static final TableName PEOPLE = new TableName("public", "people");

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Scope scope = new Scope("m", "app", 1);

  @BeforeEach
  void tables() throws SQLException {
    scope = RegisteredMigration.register(postgres, "m");
    postgres.run(
        """
        CREATE TABLE public.teams (id int PRIMARY KEY);
        CREATE TABLE public.users (id bigserial PRIMARY KEY, username text NOT NULL, doc json,
          team int REFERENCES public.teams);
        CREATE INDEX by_name ON public.users (username);
        CREATE DOMAIN public.short AS text;
        CREATE VIEW public.logins AS SELECT username FROM public.users;
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        INSERT INTO public.teams VALUES (1);
        INSERT INTO public.users (username, doc, team)
        SELECT 'u' || g, '{"a": 1}', 1 FROM generate_series(1, 12000) g""");
  }

  @Test
  void everythingThatExpandAddsIsTakenBack() throws SQLException {
    List<String> statements =
        List.of(
            "ALTER TABLE users ADD COLUMN handle text",
            "ALTER TABLE public.users ADD COLUMN a int NOT NULL DEFAULT 0, ADD COLUMN b int UNIQUE CHECK (b > 0)",
            "ALTER TABLE users ADD COLUMN g int GENERATED ALWAYS AS (a + 1) STORED",
            "ALTER TABLE users ALTER COLUMN doc SET DEFAULT '{}'",
            "ALTER TABLE users ALTER COLUMN team SET NOT NULL",
            "ALTER TABLE users ADD CONSTRAINT long CHECK (length(username) > 1) NOT VALID",
            "ALTER TABLE users VALIDATE CONSTRAINT long",
            "ALTER TABLE users ADD CONSTRAINT same UNIQUE (username)",
            "ALTER TABLE users ADD FOREIGN KEY (a) REFERENCES teams NOT VALID",
            "CREATE INDEX CONCURRENTLY by_handle ON users (handle)",
            "CREATE UNIQUE INDEX ON users (lower(username))",
            "COMMENT ON COLUMN users.username IS 'was here first'",
            "CREATE TYPE mood AS ENUM ('good', 'bad')",
            "ALTER TYPE mood ADD VALUE 'none'",
            "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
            "ALTER DOMAIN short ADD CONSTRAINT is_short CHECK (length(VALUE) < 9)",
            "CREATE TYPE pair AS (a int, b int)",
            "CREATE SEQUENCE numbers",
            "CREATE TABLE people (id bigint PRIMARY KEY DEFAULT nextval('numbers'), m mood, p positive,"
                + " team int REFERENCES public.teams, pair pair)",
            "ALTER TABLE people SET (fillfactor = 80)",
            "GRANT SELECT ON people TO PUBLIC",
            "CREATE TABLE public.identities (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
            "CREATE VIEW names AS SELECT id, username FROM public.users",
            "CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM users",
            "CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'",
            "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()",
            "CREATE POLICY mine ON users USING (true)",
            "CREATE RULE quiet AS ON DELETE TO teams DO INSTEAD NOTHING",
            "CREATE STATISTICS both_of ON a, b FROM users",
            "CREATE SCHEMA later",
            "CREATE TABLE later.t (id int PRIMARY KEY)",
            "CREATE TABLE IF NOT EXISTS people2 (LIKE people)",
            "CREATE EXTENSION citext");
    List<String> before = CatalogDigest.of(postgres);
    Catalog catalog = rehearse(statements);
    List<Step.ApplyDdl> steps = new ArrayList<>();
    for (int i = 0; i < statements.size(); i++) {
      Catalog.Rehearsal rehearsal = catalog.expand().get(i);
      assertEquals(null, rehearsal.error(), statements.get(i));
      assertTrue(rehearsal.reversible(), statements.get(i) + rehearsal.undo());
      steps.add(
          new Step.ApplyDdl(Phase.EXPAND, i + 1, statements.get(i), rehearsal.undo(), List.of()));
      apply(steps.get(i));
    }
    assertFalse(before.equals(CatalogDigest.of(postgres)));

    Collections.reverse(steps);
    for (Step.ApplyDdl step : steps) {
      assertTrue(undo(step, List.of()).undone());
    }
    assertEquals(String.join("\n", before), String.join("\n", CatalogDigest.of(postgres)));
  }

  @Test
  void whatChangesOrRemovesNeedsAnUndoBesideIt() throws SQLException {
    for (String statement :
        List.of(
            "ALTER TABLE users RENAME TO folks",
            "ALTER TABLE users RENAME COLUMN username TO login",
            "ALTER TABLE users ALTER COLUMN id TYPE int",
            "ALTER TABLE users ALTER COLUMN username DROP NOT NULL",
            "ALTER TABLE users SET (fillfactor = 70)",
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE users REPLICA IDENTITY FULL",
            "CREATE OR REPLACE VIEW logins AS SELECT username, id FROM users",
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "GRANT SELECT ON users TO PUBLIC",
            "DROP INDEX by_name",
            "ALTER SEQUENCE users_id_seq INCREMENT BY 2",
            "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
            "CREATE PUBLICATION p FOR TABLE teams",
            "COMMENT ON SCHEMA public IS 'x'",
            "CREATE TABLE IF NOT EXISTS users (id int)")) {
      Catalog.Rehearsal rehearsal = rehearse(List.of(statement)).expand().get(0);
      assertEquals(null, rehearsal.error(), statement);
      assertFalse(rehearsal.reversible(), statement);
    }
  }

  @Test
  void aStatementThatWasNeverAppliedIsNotTakenBack() throws SQLException {
    postgres.run("ALTER TABLE public.users ADD COLUMN handle text");
    Step.ApplyDdl step =
        expand("ALTER TABLE users ADD COLUMN handle text", "ALTER TABLE users DROP COLUMN handle");
    assertFalse(undo(step, List.of()).undone());
    assertEquals("1", text("SELECT count(*) FROM pg_attribute WHERE attname = 'handle'"));
  }

  @Test
  void anIndexLeftByABuildThatNeverFinishedGoesToo() throws SQLException {
    Step.ApplyDdl step =
        expand("CREATE INDEX CONCURRENTLY i ON users (username)", "DROP INDEX CONCURRENTLY i");
    apply(step);
    postgres.run("UPDATE kedge.step SET state = 'open'");
    assertFalse(undo(step, List.of()).undone());
    assertEquals("0", text("SELECT count(*) FROM pg_class WHERE relname = 'i'"));
  }

  @Test
  void aDroppedTableIsMovedAndCanBeBroughtBack() throws SQLException {
    postgres.run(
        "DROP VIEW public.logins; CREATE TRIGGER touched BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch()");
    List<String> before = CatalogDigest.of(postgres);
    Step.ApplyDdl step = contract("DROP TABLE users", new Destroyed(USERS, List.of()));
    apply(step);
    apply(step);

    assertEquals("", text("SELECT coalesce(to_regclass('public.users')::text, '')"));
    assertEquals("12000", text("SELECT rows FROM kedge.archive"));
    // As free as if it were gone.
    postgres.run(
        "DROP FUNCTION public.touch; DROP TABLE public.teams;"
            + " CREATE TABLE public.users (id bigserial PRIMARY KEY); CREATE INDEX by_name ON public.users (id)");
    postgres.run(
        "DROP TABLE public.users; CREATE TABLE public.teams (id int PRIMARY KEY); INSERT INTO public.teams VALUES (1);"
            + " CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    postgres.run(text("SELECT restore FROM kedge.archive"));
    assertEquals("12000", text("SELECT count(*) FROM public.users WHERE username = 'u' || id"));
    assertEquals(
        before.stream().filter(line -> line.matches("(con|trg|att) .*users.*")).toList(),
        CatalogDigest.of(postgres).stream()
            .filter(line -> line.matches("(con|trg|att) .*users.*"))
            .toList());
  }

  @Test
  void whatStandsOnATableStopsItsDrop() throws SQLException {
    Step.ApplyDdl step = contract("DROP TABLE users", new Destroyed(USERS, List.of()));
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> apply(step));
    assertEquals(Failures.STATEMENT_FAILED, failure.getType());
    assertEquals(
        "users",
        text("SELECT 'public.users'::regclass::oid::regclass::text").replace("public.", ""));
    assertEquals("0", text("SELECT count(*) FROM kedge.archive"));
  }

  @Test
  void droppedColumnsAreKeptWithTheirKeyAndCanBeBroughtBack() throws SQLException {
    postgres.run("DROP VIEW public.logins");
    Step.ApplyDdl step =
        contract(
            "ALTER TABLE users DROP COLUMN username, DROP COLUMN doc",
            new Destroyed(USERS, List.of("username", "doc")));
    apply(step);
    assertEquals("12000", text("SELECT rows FROM kedge.archive"));
    assertEquals(
        "0",
        text(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.users'::regclass AND attname IN ('username', 'doc')"));
    postgres.run(text("SELECT restore FROM kedge.archive"));
    assertEquals(
        "12000",
        text(
            "SELECT count(*) FROM public.users WHERE username = 'u' || id AND doc::text = '{\"a\": 1}'"));
  }

  @Test
  void anArchiveHoldsWhatChangedWhileItWasFilled() throws SQLException {
    postgres.run("DROP VIEW public.logins");
    Archivist archivist =
        new Archivist(
            new DdlRunner(), postgres.database(), scope, "contract/applyDdl/1", "archive_1_c1_");
    Destroyed column = new Destroyed(USERS, List.of("username"));
    archivist.copy(column, "1");
    postgres.run(
        "UPDATE public.users SET username = 'changed' WHERE id = 5; DELETE FROM public.users WHERE id = 6;"
            + " INSERT INTO public.users (id, username) VALUES (-7, 'new');"
            + " UPDATE kedge.step SET state = 'open' WHERE step LIKE '%/prove'");
    archivist.copy(column, "1");
    assertEquals("12000", text("SELECT rows FROM kedge.archive"));
    assertEquals(
        "0",
        text(
            "SELECT count(*) FROM public.users u FULL JOIN kedge.archive_1_c1_1 a USING (id, username) WHERE u.id IS NULL OR a.id IS NULL"));
  }

  @Test
  void aTableThatWasWrittenIsKeptWhenItsCreationIsTakenBack() throws SQLException {
    apply(expand(1, "CREATE TYPE mood AS ENUM ('good')", "DROP TYPE mood"));
    apply(
        expand(
            2,
            "CREATE TABLE people (id bigserial PRIMARY KEY, m mood DEFAULT 'good', CHECK (id > 0))",
            "DROP TABLE IF EXISTS people"));
    postgres.run("INSERT INTO public.people (id) VALUES (1), (2)");

    UndoResult table = undo(expand(2, "x", "DROP TABLE IF EXISTS people"), List.of(PEOPLE));
    UndoResult type = undo(expand(1, "x", "DROP TYPE mood"), List.of(PEOPLE));

    assertEquals(new UndoResult(true, 2, List.of("kedge.archive_1_u2_1_1")), table);
    assertEquals(new UndoResult(true, 0, List.of()), type);
    assertEquals(table, undo(expand(2, "x", "DROP TABLE IF EXISTS people"), List.of(PEOPLE)));
    assertEquals("2", text("SELECT count(*) FROM kedge.archive_1_u2_1_1 WHERE m = 'good'"));
    assertEquals("", text("SELECT coalesce(to_regclass('public.people')::text, '')"));
  }

  @Test
  void columnsThatWereWrittenAreKeptWhenTheyAreTakenBack() throws SQLException {
    apply(expand(1, "ALTER TABLE users ADD COLUMN handle text, ADD COLUMN more text", "-"));
    postgres.run("UPDATE public.users SET handle = 'h' || id");
    Step.ApplyDdl step =
        new Step.ApplyDdl(
            Phase.EXPAND,
            1,
            "x",
            List.of(
                "ALTER TABLE IF EXISTS public.users DROP COLUMN IF EXISTS handle",
                "ALTER TABLE IF EXISTS public.users DROP COLUMN IF EXISTS more"),
            List.of());
    UndoResult result = undo(step, List.of(USERS));
    assertEquals(List.of("kedge.archive_1_u1_1_1", "kedge.archive_1_u1_2_1"), result.archives());
    assertEquals(24000, result.archivedRows());
    assertEquals(
        "12000", text("SELECT count(*) FROM kedge.archive_1_u1_1_1 WHERE handle = 'h' || id"));
  }

  private Catalog rehearse(List<String> expand) throws SQLException {
    return new CatalogReader(postgres.database())
        .read(Specs.of(expand, List.of(Specs.move("users", "people", Map.of())), List.of()));
  }

  private static Step.ApplyDdl expand(String statement, String undo) {
    return expand(1, statement, undo);
  }

  private static Step.ApplyDdl expand(int number, String statement, String undo) {
    return new Step.ApplyDdl(Phase.EXPAND, number, statement, List.of(undo), List.of());
  }

  private static Step.ApplyDdl contract(String statement, Destroyed destroyed) {
    return new Step.ApplyDdl(Phase.CONTRACT, 1, statement, List.of(), List.of(destroyed));
  }

  private void apply(Step.ApplyDdl step) {
    activities().applyDdl(new DdlRequest(scope, step));
  }

  private UndoResult undo(Step.ApplyDdl step, List<TableName> archive) {
    return activities().undoDdl(new UndoRequest(scope, step, archive));
  }

  private PostgresDdlActivities activities() {
    return new PostgresDdlActivities(postgres.databases(), new DdlRunner());
  }

  private String text(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one(query, row -> row.getString(1));
    }
  }
}
