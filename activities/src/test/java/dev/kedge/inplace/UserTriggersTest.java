package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.MoveScope;
import dev.kedge.plan.Plan;
import dev.kedge.plan.Planner;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import dev.kedge.schema.CatalogReader;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Spec;
import dev.kedge.spec.SpecException;
import dev.kedge.spec.SpecReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The table's own triggers: planned by the real planner, filled beside them. */
final class UserTriggersTest {
  private static final String ADD = "ALTER TABLE users ADD COLUMN handle text";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceFiller filler = new InPlaceFiller(Duration.ofSeconds(20));

  @BeforeEach
  void makeUsers() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, updates int NOT NULL DEFAULT 0);
        CREATE TABLE audit (n bigserial PRIMARY KEY, said text);
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.updates := OLD.updates + 1; RETURN NEW; END';
        CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO public.audit (said) VALUES (TG_NAME); RETURN NULL; END';
        CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.touch();
        CREATE TRIGGER audit AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION public.note();
        CREATE TRIGGER renamed AFTER UPDATE OF username ON users
          FOR EACH ROW EXECUTE FUNCTION public.note();
        CREATE TRIGGER other AFTER UPDATE ON users FOR EACH ROW
          WHEN (OLD.username IS DISTINCT FROM NEW.username) EXECUTE FUNCTION public.note();
        INSERT INTO users (id, username) VALUES (1, 'Ann'), (2, 'Bob')""");
  }

  @Test
  void theBackfillDoesNotFireThemWhereTheRoleMayDoThat() throws SQLException {
    Plan plan = plan(postgres.database(), "");
    assertEquals(List.of(), plan.refusals());
    assertTrue(plan.move(1).quiet());

    fill(postgres.database(), captured(plan));

    assertEquals("1 Ann ann 0, 2 Bob bob 0", users());
    assertEquals("0", audited());
  }

  @Test
  void theApplicationsOwnWritesFireThemAsEver() throws SQLException {
    MoveScope move = captured(plan(postgres.database(), ""));
    fill(postgres.database(), move);

    postgres.run("UPDATE users SET username = 'Anna' WHERE id = 1");

    assertEquals("1 Anna anna 1, 2 Bob bob 0", users());
    assertEquals("3", audited());
  }

  @Test
  void whatIsAcceptedFires() throws SQLException {
    // Renamed is about username only. So is other; but touch may change the row before it is asked.
    Plan plan = plan(postgres.database(), ", fires: [audit, other, touch]");
    assertEquals(List.of(), plan.refusals());
    assertFalse(plan.move(1).quiet());

    fill(postgres.database(), captured(plan));

    assertEquals("1 Ann ann 1, 2 Bob bob 1", users());
    assertEquals("1", audited());
  }

  @Test
  void aRoleThatMayNotIsToldBothWaysOut() throws SQLException {
    try (Role role = new Role()) {
      Plan refused = plan(role.database(), "");
      assertEquals("[KD2120]", refused.refusals().stream().map(r -> r.code()).toList().toString());
      assertTrue(refused.refusals().get(0).why().contains("audit AFTER UPDATE"), refused::toString);
      String grant = refused.refusals().get(0).help();
      assertTrue(grant.contains("fires: [audit, other, touch]"), grant);

      assertEquals(List.of(), plan(role.database(), ", fires: [audit, other, touch]").refusals());

      postgres.run(grant.substring(0, grant.indexOf(';')));
      Plan granted = plan(role.database(), "");
      assertEquals(List.of(), granted.refusals());
      MoveScope move = captured(granted);
      role.takeRights();
      fill(role.database(), move);
    }
    assertEquals("1 Ann ann 0, 2 Bob bob 0", users());
  }

  @Test
  void aRightThatIsTakenAwayMeanwhileStopsTheChunkAndFiresNothing() throws SQLException {
    try (Role role = new Role()) {
      MoveScope move = captured(plan(postgres.database(), ""));
      role.takeRights();

      SQLException error = assertThrows(SQLException.class, () -> fill(role.database(), move));

      assertEquals("42501", error.getSQLState());
    }
    assertEquals("0", audited());
  }

  @Test
  void whatFiresForReplicasIsNotFiredBySilence() throws SQLException {
    postgres.run("ALTER TABLE users ENABLE REPLICA TRIGGER audit");

    Plan plan = plan(postgres.database(), "");

    assertEquals("[KD2120]", plan.refusals().stream().map(r -> r.code()).toList().toString());
    assertTrue(plan.refusals().get(0).why().contains("audit"), plan::toString);
  }

  @Test
  void rowsThatFollowTheOldSideStillHaveItsForeignKeysChecked() throws SQLException {
    postgres.run(
        """
        CREATE TABLE names (name text PRIMARY KEY);
        INSERT INTO names VALUES ('Ann'), ('Bob');
        ALTER TABLE users ADD FOREIGN KEY (username) REFERENCES names""");
    MoveScope move = captured(plan(postgres.database(), ", reverse: {username: handle}"));
    fill(postgres.database(), move);
    new InPlaceSwitch(new DdlRunner()).handOver(postgres.database(), move);
    // As when somebody wrote past the trigger.
    postgres.run("SET kedge.applier = 'm'; UPDATE users SET handle = 'nobody' WHERE id = 1");

    SQLException error =
        assertThrows(
            SQLException.class,
            () ->
                postgres
                    .database()
                    .inTransaction(
                        Transaction.readCommitted("m", "repair"),
                        sql ->
                            InPlaceRepair.repair(sql, move, KeySet.of(1, List.of(List.of("1"))))));

    assertEquals("23503", error.getSQLState());
  }

  @Test
  void constraintsOnAFilledColumnAreRefusedAndWorkInContract() throws SQLException {
    String check = "ALTER TABLE users ADD CONSTRAINT short CHECK (length(handle) < 9)%s";
    String foreign = "ALTER TABLE users ADD CONSTRAINT one FOREIGN KEY (handle) REFERENCES users%s";
    postgres.run("CREATE UNIQUE INDEX ON users (username)");
    for (String statement : List.of(check.formatted(""), check.formatted(" NOT VALID"))) {
      Plan plan = plan(postgres.database(), "", ADD, statement);
      assertEquals("[KD2126]", plan.refusals().stream().map(r -> r.code()).toList().toString());
    }
    assertEquals(
        "[KD2126]",
        plan(postgres.database(), "", ADD, foreign.formatted("(username) NOT VALID"))
            .refusals()
            .stream()
            .map(r -> r.code())
            .toList()
            .toString());
    fill(postgres.database(), captured(plan(postgres.database(), "")));
    postgres.run(
        check.formatted(" NOT VALID")
            + "; ALTER TABLE users VALIDATE CONSTRAINT short;"
            + " ALTER TABLE users ALTER COLUMN handle SET NOT NULL");
  }

  @Test
  void whatThePlanKnowsOfATriggerIsWhatTheServerDoes() throws SQLException {
    postgres.run(
        """
        CREATE TRIGGER zzzz_late BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION public.note();
        CREATE RULE log_it AS ON UPDATE TO users DO ALSO INSERT INTO audit (said) VALUES ('x')""");

    Plan plan =
        plan(postgres.database(), "", ADD, "CREATE INDEX by_handle ON users (lower(handle))");

    assertEquals(
        "[KD2120, KD2127]", plan.refusals().stream().map(r -> r.code()).toList().toString());
    assertTrue(plan.refusals().get(0).why().contains("log_it"), plan::toString);
    assertTrue(plan.refusals().get(1).why().contains("zzzz_late"), plan::toString);
    assertTrue(plan.warnings().toString().contains("by_handle"), plan::toString);
  }

  /** A role that owns the table, and is no superuser. */
  private final class Role implements AutoCloseable {
    private final Databases databases;

    Role() throws SQLException {
      postgres.run(
          """
          CREATE ROLE plain LOGIN;
          DO 'BEGIN EXECUTE format(''GRANT CREATE ON DATABASE %I TO plain'', current_database()); END';
          GRANT CREATE ON SCHEMA public TO plain;
          ALTER TABLE users OWNER TO plain; ALTER TABLE audit OWNER TO plain""");
      databases =
          new Databases()
              .add(
                  "app",
                  postgres.jdbcUrl().replace("user=kedge", "user=plain"),
                  new Properties(),
                  2);
    }

    Database database() {
      return databases.get("app");
    }

    /** What setup gives a worker's role. */
    void takeRights() throws SQLException {
      postgres.run(
          "GRANT USAGE ON SCHEMA kedge TO plain; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA"
              + " kedge TO plain");
    }

    @Override
    public void close() throws SQLException {
      databases.close();
      postgres.run("REASSIGN OWNED BY plain TO kedge; DROP OWNED BY plain; DROP ROLE plain");
    }
  }

  private Plan plan(Database database, String more) throws SQLException {
    return plan(database, more, ADD);
  }

  private Plan plan(Database database, String more, String... expand) throws SQLException {
    String yaml =
        """
        kedge: 1
        migration: m
        database: app
        expand: ["%s"]
        moves: [{from: users, to: users, columns: {handle: lower(username)}%s}]
        """
            .formatted(String.join("\", \"", expand), more);
    Spec spec = read(yaml);
    return Planner.plan(spec, new CatalogReader(database).read(spec));
  }

  private static Spec read(String yaml) {
    try {
      return SpecReader.read("spec.yaml", yaml);
    } catch (SpecException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private MoveScope captured(Plan plan) throws SQLException {
    assertEquals(List.of(), plan.refusals());
    postgres.run(ADD);
    MoveScope move = Fixture.register(postgres, "m", plan.move(1));
    capture.install(postgres.database(), move);
    return move;
  }

  private void fill(Database database, MoveScope move) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted("m", "fill"), sql -> filler.fill(sql, move, KeyRange.ALL));
  }

  private String users() throws SQLException {
    return Fixture.value(
        postgres,
        "SELECT string_agg(concat_ws(' ', id, username, handle, updates), ', ' ORDER BY id) FROM users");
  }

  private String audited() throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one("SELECT count(*) FROM audit", row -> row.getString(1));
    }
  }
}
