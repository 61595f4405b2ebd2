package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kedge.plan.Catalog;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.Catalog.ExpressionVerdict;
import dev.kedge.plan.Step.Destroyed;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.Move;
import dev.kedge.spec.Spec;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CatalogReaderTest {
  private static final TableName USERS = new TableName("public", "users");

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE teams (id int PRIMARY KEY);
        CREATE TABLE users (
          id bigserial PRIMARY KEY,
          username text NOT NULL CONSTRAINT lower_only CHECK (username = lower(username)),
          email varchar(80),
          team int REFERENCES teams,
          at timestamptz NOT NULL DEFAULT now(),
          doc json
        );
        CREATE UNIQUE INDEX users_email ON users (lower(email));
        COMMENT ON TABLE users IS 'people';
        CREATE VIEW logins AS SELECT id, username FROM users;
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
        INSERT INTO users (username) VALUES ('a'), ('b')""");
  }

  @Test
  void theTableIsReadAsItIsAndAsItWillBe() throws SQLException {
    Catalog catalog = read(List.of("ALTER TABLE users ADD COLUMN handle varchar(10)"), List.of());
    Catalog.Table before = Catalog.find(catalog.before(), USERS).orElseThrow();
    Catalog.Table after = Catalog.find(catalog.after(), USERS).orElseThrow();

    assertTrue(before.hasRows());
    assertEquals("r", before.kind());
    assertEquals(
        List.of("users_pkey", "users_email"),
        before.uniqueIndexes().stream().map(Catalog.UniqueIndex::name).toList());
    assertTrue(before.uniqueIndexes().get(0).usable());
    assertEquals(List.of(""), before.uniqueIndexes().get(1).columns());
    assertEquals(List.of("touched BEFORE UPDATE FOR EACH ROW"), before.triggers());
    assertEquals(
        List.of("users_team_fkey FOREIGN KEY (team) REFERENCES public.teams(id)"),
        before.foreignKeys());
    assertEquals(before.columns().size() + 1, after.columns().size());
    Catalog.Column handle = after.column("handle").orElseThrow();
    assertEquals("character varying(10)", handle.type());
    assertEquals("character varying", handle.castType());
    assertEquals(Comparison.BYTES, handle.comparison());
    assertEquals(before.uniqueIndexes(), after.uniqueIndexes());
    assertEquals(before.triggers(), after.triggers());
    assertEquals(before.foreignKeys(), after.foreignKeys());
    assertEquals(before.columns(), after.columns().subList(0, before.columns().size()));
    assertTrue(catalog.tableNames().contains(USERS));
    assertFalse(catalog.inRecovery());
  }

  @Test
  void typesCompareByWhatTheirEqualityForgets() throws SQLException {
    postgres.run(
        """
        CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN short AS varchar(3); CREATE DOMAIN pos AS int;
        CREATE TYPE odd AS (s pg_snapshot); CREATE TYPE place AS (t text, n int);
        CREATE TYPE pair AS (d pos, n numeric[]);
        CREATE TABLE types (id int PRIMARY KEY, t text, v varchar(3), c char(3), b bit(3), vb varbit(5),
          n numeric(10,2), f float8, iv interval, j json, jb jsonb, x xml, p point, u uuid, m mood,
          s short, pp pos, ta text[], ia int[], ja json[], r int4range, ip cidr, oc oid, rc regclass, ma mood[], va varchar(3)[],
          ps pg_snapshot, psa pg_snapshot[], pc odd, tc place, nc pair, ra numrange[], i2 int2vector)""");
    Catalog catalog =
        read(Specs.of(List.of(), List.of(Specs.move("types", "types", Map.of())), List.of()));
    Catalog.Table types = catalog.before().get(0);
    assertEquals(
        "id=PLAIN t=BYTES v=BYTES c=BYTES b=PLAIN vb=PLAIN n=PLAIN f=PLAIN iv=TEXT j=TEXT jb=PLAIN x=TEXT"
            + " p=TEXT u=PLAIN m=PLAIN s=BYTES pp=PLAIN ta=TEXT ia=PLAIN ja=TEXT r=PLAIN ip=PLAIN oc=PLAIN rc=PLAIN"
            + " ma=PLAIN va=TEXT ps=null psa=null pc=null tc=TEXT nc=PLAIN ra=PLAIN i2=PLAIN",
        String.join(
            " ", types.columns().stream().map(c -> c.name() + "=" + c.comparison()).toList()));
    assertEquals(
        "character varying, bpchar, \"bit\", bit varying, numeric(10,2), character varying, character varying[]",
        String.join(
            ", ",
            List.of("v", "c", "b", "vb", "n", "s", "va").stream()
                .map(name -> types.column(name).orElseThrow().castType())
                .toList()));
  }

  @Test
  void anIndexThatIsNoKeyIsNotUsableAndSaysWhy() throws SQLException {
    postgres.run(
        """
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE DOMAIN name AS varchar(10) COLLATE "C";
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE k (a int, b int NOT NULL, f float8 NOT NULL, c text NOT NULL, d name NOT NULL,
          e mood NOT NULL, i text COLLATE nocase NOT NULL, v varchar(9) NOT NULL, r int[] NOT NULL);
        CREATE UNIQUE INDEX a1 ON k (a); CREATE UNIQUE INDEX a2 ON k (b) WHERE b > 0;
        CREATE UNIQUE INDEX a3 ON k (b, c DESC); CREATE UNIQUE INDEX a4 ON k (b NULLS FIRST);
        CREATE UNIQUE INDEX a5 ON k (c COLLATE "C"); CREATE UNIQUE INDEX a6 ON k (i COLLATE "C");
        CREATE UNIQUE INDEX a7 ON k (c text_pattern_ops); CREATE UNIQUE INDEX a8 ON k (lower(c));
        CREATE UNIQUE INDEX a9 ON k (v bpchar_ops);
        ALTER TABLE k ADD CONSTRAINT b1 UNIQUE (b) DEFERRABLE;
        CREATE UNIQUE INDEX b2 ON k (b); UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = 'b2'::regclass;
        CREATE UNIQUE INDEX b3 ON k (c, b) INCLUDE (a);
        CREATE UNIQUE INDEX b4 ON k (b DESC, f DESC); CREATE UNIQUE INDEX b5 ON k (f);
        CREATE UNIQUE INDEX b6 ON k (d, e, i, v, r)""");
    Catalog catalog = read(Specs.of(List.of(), List.of(Specs.move("k", "k", Map.of())), List.of()));
    List<Catalog.UniqueIndex> indexes = catalog.before().get(0).uniqueIndexes();
    assertEquals(
        """
        a1: a column of it may be NULL
        a2: it is partial
        a3: its columns are not all ascending or all descending, or have NULLS FIRST or LAST
        a4: its columns are not all ascending or all descending, or have NULLS FIRST or LAST
        a5: it has a collation or an operator class that is not its column's own
        a6: it has a collation or an operator class that is not its column's own
        a7: it has a collation or an operator class that is not its column's own
        a8: it has an expression
        a9: it has a collation or an operator class that is not its column's own
        b1: it is deferrable
        b2: it is invalid
        b3: null
        b4: null
        b5: null
        b6: null""",
        indexes.stream()
            .map(index -> index.name() + ": " + index.why())
            .collect(java.util.stream.Collectors.joining("\n")));
    assertEquals(List.of("c", "b"), indexes.get(11).columns());
  }

  @Test
  void aKeyThatAnExtensionComparesIsNotUsable() throws SQLException {
    assumeTrue(
        Fixture.value(
                postgres, "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'")
            .equals("1"),
        "citext is not among the server's files");
    postgres.run("CREATE EXTENSION citext; CREATE TABLE k (a citext PRIMARY KEY)");
    Catalog catalog = read(Specs.of(List.of(), List.of(Specs.move("k", "k", Map.of())), List.of()));
    assertEquals(
        "a column of it has a type that an extension compares in its own way",
        catalog.before().get(0).uniqueIndexes().get(0).why());
  }

  @Test
  void aRehearsalLeavesTheCatalogAsItWas() throws SQLException {
    List<String> before = CatalogDigest.of(postgres);
    read(
        List.of(
            "ALTER TABLE users ADD COLUMN handle text",
            "ALTER TABLE public.users ADD COLUMN more text",
            "CREATE TABLE public.people (id bigint PRIMARY KEY)",
            "CREATE TABLE audits (id bigint PRIMARY KEY, team int REFERENCES public.teams)",
            "CREATE INDEX CONCURRENTLY users_handle ON public.users (handle)"),
        List.of("ALTER TABLE public.users DROP COLUMN email", "DROP VIEW logins"));
    assertEquals(before, CatalogDigest.of(postgres));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE users ADD COLUMN handle text",
        "ALTER TABLE public.users ADD COLUMN handle text",
        "alter table \"public\".\"users\" add column handle text",
        "ALTER TABLE public . users ADD COLUMN handle text",
        "CREATE TABLE a (id int REFERENCES teams, u bigint REFERENCES public.users (id))",
        "CREATE INDEX CONCURRENTLY i ON users (email)",
        "DROP INDEX users_email",
        "DROP VIEW logins",
        "ALTER SEQUENCE users_id_seq AS int",
        "DROP TRIGGER touched ON users",
        "DROP TABLE users CASCADE"
      })
  void noRealTableIsLockedAboveAccessShare(String statement) throws Exception {
    try (Connection guard = postgres.connect()) {
      // Everything above ACCESS SHARE would meet this lock, wait, and fail.
      new Sql(guard).execute("BEGIN; LOCK TABLE users, teams, logins IN ROW EXCLUSIVE MODE");
      Catalog catalog = read(List.of(statement), List.of());
      assertNull(catalog.expand().get(0).error(), catalog.expand().get(0).error());
    }
  }

  @Test
  void contractSaysWhatItDestroys() throws SQLException {
    Catalog catalog =
        read(
            List.of(),
            List.of(
                "DROP VIEW logins",
                "ALTER TABLE users DROP COLUMN username, DROP COLUMN email",
                "DROP TABLE users"));
    assertEquals(List.of(), catalog.contract().get(0).destroys());
    assertEquals(
        List.of(new Destroyed(USERS, List.of("username", "email"))),
        catalog.contract().get(1).destroys());
    assertEquals(List.of(new Destroyed(USERS, List.of())), catalog.contract().get(2).destroys());
  }

  @Test
  void aColumnThatAViewReadsCannotBeDroppedAndTheViewIsNamed() throws SQLException {
    Catalog catalog = read(List.of(), List.of("ALTER TABLE users DROP COLUMN username"));
    String error = Objects.requireNonNull(catalog.contract().get(0).error());
    assertTrue(
        error.contains(
            "cannot drop column username of table users because other objects depend on it"),
        error);
  }

  @Test
  void theHashChangesWithTheTablesOnly() throws SQLException {
    String hash = read(List.of(), List.of()).hash();
    assertEquals(hash, new CatalogReader(postgres.database()).hash(spec(List.of(), List.of())));
    postgres.run("INSERT INTO users (username) VALUES ('c'); ANALYZE users");
    assertEquals(hash, read(List.of(), List.of()).hash());
    postgres.run("ALTER TABLE users ALTER COLUMN at DROP DEFAULT");
    assertNotEquals(hash, read(List.of(), List.of()).hash());
  }

  @Test
  void publicationsThatCarryOursAreNamed() throws SQLException {
    postgres.run(
        """
        CREATE PUBLICATION everything FOR ALL TABLES;
        CREATE PUBLICATION one FOR TABLE users;
        CREATE PUBLICATION other FOR TABLE teams;
        CREATE PUBLICATION schemas FOR TABLES IN SCHEMA public""");
    List<Catalog.Publication> found = read(List.of(), List.of()).publications();
    assertEquals(
        List.of("everything", "one", "schemas"),
        found.stream().map(Catalog.Publication::name).toList());
    assertEquals(
        List.of(true, false, false), found.stream().map(Catalog.Publication::allTables).toList());
    assertEquals(List.of(USERS), found.get(2).tables());
  }

  @Test
  void rowSecurityAndMissingRightsAreSeen() throws SQLException {
    postgres.run(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY");
    postgres.run(
        "DO $$ BEGIN IF to_regrole('reader') IS NULL THEN CREATE ROLE reader LOGIN; END IF; END $$");
    postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    postgres.run(
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO reader', current_database()); END $$");
    try (dev.kedge.postgres.Databases as =
        new dev.kedge.postgres.Databases()
            .add(
                "app",
                postgres.jdbcUrl().replace("user=kedge", "user=reader"),
                new java.util.Properties(),
                2)) {
      Catalog catalog = new CatalogReader(as.get("app")).read(spec(List.of(), List.of()));
      Catalog.Table users = catalog.before().get(0);
      assertTrue(users.rowSecurity());
      assertTrue(users.hasRows());
      assertEquals(List.of("TRIGGER", "UPDATE"), users.missingRights());
      assertEquals("reader", catalog.role());
    }
    postgres.run("DROP OWNED BY reader");
  }

  @Test
  void expressionsAreAcceptedWithWhatTheyRead() throws SQLException {
    ExpressionVerdict verdict = verdict("lower(username) || coalesce(email, '')");
    assertNull(verdict.error());
    assertEquals(List.of("username", "email"), verdict.reads());
    assertNull(verdict("extract(year FROM at AT TIME ZONE 'UTC')::text").error());
    assertNull(verdict("doc ->> 'a'").error());
    assertNull(verdict("CASE WHEN doc::jsonb ? 'a' THEN 'y' END").error());
    assertNull(verdict("/* hm */ 'x' || $$y;$$ || E'\\'z' -- end").error());
    assertEquals(List.of(), verdict("'const'").reads());
  }

  private static final List<String> NO_EXPRESSIONS =
      List.of(
          "select 1; commit; delete from users; commit; select 1",
          ") q; commit; delete from users",
          "1); COMMIT; DELETE FROM users; SELECT (1",
          "a)) WHERE ((true",
          "username)) WHERE ((true",
          "username), (email",
          "username, email",
          "username) COLLATE \"C\" DESC, (email",
          "username /*",
          "$$ username",
          "'username",
          "\"username",
          "username FROM users WHERE (true",
          "(SELECT max(username) FROM users)",
          "username || now()",
          "at::date",
          "random()",
          "count(*)",
          "generate_series(1, 2)",
          "nosuch",
          "ctid",
          "",
          "\u0000");

  @Test
  void whatIsNoExpressionOverOneRowIsRefusedAndNothingTouched() throws SQLException {
    List<String> before = CatalogDigest.of(postgres);
    List<Move> moves =
        NO_EXPRESSIONS.stream()
            .map(
                attack ->
                    Specs.move(
                        "users",
                        "users",
                        Map.of("handle", attack),
                        attack,
                        Map.of("email", attack)))
            .toList();
    List<ExpressionVerdict> verdicts =
        read(Specs.of(List.of("ALTER TABLE users ADD COLUMN handle text"), moves, List.of()))
            .expressions();
    assertEquals(3 * moves.size(), verdicts.size());
    for (ExpressionVerdict verdict : verdicts) {
      String error =
          Objects.requireNonNull(verdict.error(), NO_EXPRESSIONS.get(verdict.move() - 1));
      assertFalse(error.contains("kedge_rehearsal"), error);
    }
    assertEquals(before, CatalogDigest.of(postgres));
    assertEquals("2", text("SELECT count(*) FROM users"));
  }

  @Test
  void theRefusalOfAStableExpressionSaysWhy() throws SQLException {
    assertTrue(
        Objects.requireNonNull(verdict("at::date").error()).startsWith("it is not immutable"));
    assertTrue(
        Objects.requireNonNull(verdict("(SELECT max(id) FROM users)::text").error())
            .startsWith("it reads more than its own row"));
  }

  private static final List<String> NO_STATEMENTS =
      List.of(
          "select 1; commit; delete from users; commit; select 1",
          "ALTER TABLE users ADD COLUMN h text; COMMIT",
          "COMMIT",
          "BEGIN",
          "SET search_path = public",
          "RESET ALL",
          "DELETE FROM users",
          "DO $$ BEGIN DELETE FROM users; END $$",
          "SELECT setval('users_id_seq', 1)",
          "TRUNCATE users",
          "ALTER SYSTEM SET fsync = off",
          "DROP DATABASE postgres",
          "CREATE INDEX CONCURRENTLY ON users (email)",
          "/* x */ -- y\n DELETE FROM users",
          "");

  @Test
  void whatIsNotOneStatementOfDdlIsRefusedAndNothingTouched() throws SQLException {
    List<String> before = CatalogDigest.of(postgres);
    for (String attack : NO_STATEMENTS) {
      assertTrue(SpecStatement.fault(attack).isPresent(), attack);
    }
    for (String attack : NO_STATEMENTS.subList(0, 2)) {
      assertTrue(read(List.of(attack), List.of()).expand().get(0).error() != null, attack);
    }
    assertEquals(before, CatalogDigest.of(postgres));
    assertEquals("2", text("SELECT count(*) FROM users"));
  }

  private ExpressionVerdict verdict(String expression) throws SQLException {
    Move move = Specs.move("users", "users", Map.of("handle", expression));
    return read(Specs.of(
            List.of("ALTER TABLE users ADD COLUMN handle text"), List.of(move), List.of()))
        .expressions()
        .get(0);
  }

  private static Spec spec(List<String> expand, List<String> contract) {
    return Specs.of(expand, List.of(Specs.move("users", "users", Map.of())), contract);
  }

  private Catalog read(List<String> expand, List<String> contract) throws SQLException {
    return read(spec(expand, contract));
  }

  private Catalog read(Spec spec) throws SQLException {
    return new CatalogReader(postgres.database()).read(spec);
  }

  private String text(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one(query, row -> row.getString(1));
    }
  }
}
