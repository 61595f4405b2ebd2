package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.DdlActivities.DdlRequest;
import dev.kedge.activity.Scope;
import dev.kedge.plan.CanonicalJson;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Step;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.Plans;
import dev.kedge.registry.RegisteredMigration;
import dev.kedge.spec.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The targets as expand made them, and what became of them since. */
final class ExpandedTest {
  private static final TableName PEOPLE = new TableName("public", "people");

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Scope scope = new Scope("m", "app", 1);

  @BeforeEach
  void registered() throws SQLException {
    scope = RegisteredMigration.register(postgres, "m");
    postgres.run("CREATE TABLE users (id int PRIMARY KEY, name text)");
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?",
              CanonicalJson.text(Plans.copy("m", "users", "people")));
    }
  }

  @Test
  void theTargetIsNotedAsTheLastStatementLeftIt() throws SQLException {
    expand(1, "CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL)");
    expand(2, "CREATE INDEX by_name ON people (name)");
    assertEquals(Optional.of(new Expanded.Difference(List.of(), List.of())), difference());
    assertTrue(difference().orElseThrow().holds());
  }

  @Test
  void whatIsGoneOrChangedIsNamed() throws SQLException {
    expand(1, "CREATE TABLE people (id bigint PRIMARY KEY, name varchar(20) NOT NULL)");
    expand(2, "CREATE INDEX by_name ON people (name)");
    postgres.run("DROP INDEX by_name; ALTER TABLE people ALTER COLUMN name TYPE varchar(10)");
    Expanded.Difference difference = difference().orElseThrow();
    assertFalse(difference.holds());
    assertEquals(
        List.of(
            "column|name|character varying(20)|t|||\"default\"",
            "index|CREATE INDEX by_name ON public.people USING btree (name)|t"),
        difference.gone());
  }

  @Test
  void aConstraintThatCameIsADoubtAndAnIndexIsNone() throws SQLException {
    expand(1, "CREATE TABLE people (id bigint PRIMARY KEY, name text)");
    postgres.run("CREATE INDEX later ON people (name)");
    assertTrue(difference().orElseThrow().holds());
    assertEquals(1, difference().orElseThrow().added().size());
    postgres.run("ALTER TABLE people ADD CHECK (name <> '')");
    assertFalse(difference().orElseThrow().holds());
  }

  @Test
  void whatIsCapturedIsNotNotedAgain() throws SQLException {
    expand(1, "CREATE TABLE people (id bigint PRIMARY KEY, name text)");
    postgres.run("UPDATE kedge.move SET capture = 'on'; ALTER TABLE people DROP COLUMN name");
    Expanded.note(postgres.database(), scope);
    assertFalse(difference().orElseThrow().holds());
  }

  @Test
  void whereExpandMadeNothingThereIsNothingToHoldItAgainst() throws SQLException {
    assertEquals(Optional.empty(), difference());
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.expanded"));
  }

  private void expand(int number, String statement) {
    new PostgresDdlActivities(postgres.databases(), new DdlRunner())
        .applyDdl(
            new DdlRequest(
                scope,
                new Step.ApplyDdl(
                    Phase.EXPAND, number, statement, List.of(), List.of(), List.of())));
  }

  private Optional<Expanded.Difference> difference() throws SQLException {
    return postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "seal"), sql -> Expanded.difference(sql, 1, PEOPLE));
  }
}
