package dev.kedge.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Plan;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.SpecReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The examples can run as the plain role that owns the tables. */
final class ExamplesPlanTest {
  private static final Path EXAMPLES = Path.of("..", "examples");
  private static final String ROLES =
      """
      DO $$ BEGIN
        IF to_regrole('bench') IS NULL THEN CREATE ROLE bench LOGIN; END IF;
        IF to_regrole('plain_owner') IS NULL THEN CREATE ROLE plain_owner LOGIN; END IF;
        EXECUTE format('ALTER DATABASE %I OWNER TO plain_owner', current_database());
      END $$;
      SET ROLE plain_owner;
      """;

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @Test
  void usersHandle() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("users-handle/schema.sql")));
    assertCanRun("users-handle");
  }

  @Test
  void ordersSplit() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("orders-split/schema.sql")));
    assertCanRun("orders-split");
  }

  @Test
  void contactsUnion() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("contacts-union/schema.sql")));
    assertCanRun("contacts-union");
  }

  @Test
  void profileMerge() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("profile-merge/schema.sql")));
    assertCanRun("profile-merge");
  }

  @Test
  void politeCopy() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("polite-copy/schema.sql")));
    postgres.run("GRANT pg_monitor TO plain_owner");
    assertCanRun("polite-copy");
  }

  @Test
  void mixedState() throws Exception {
    postgres.run(ROLES + Files.readString(EXAMPLES.resolve("mixed-state/schema.sql")));
    assertCanRun("mixed-state");
  }

  @Test
  void pgbenchAccounts() throws Exception {
    postgres.run(
        ROLES
            + """
            CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
            CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor = 100);
            ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
            ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);
            INSERT INTO pgbench_accounts VALUES (1, 1, 0, '')""");
    assertCanRun("pgbench-accounts");
  }

  private void assertCanRun(String name) throws Exception {
    Path spec = EXAMPLES.resolve(name).resolve(name + ".yaml");
    try (Databases databases =
        new Databases()
            .add(
                "app",
                postgres.jdbcUrl().replace("user=kedge", "user=plain_owner"),
                new Properties(),
                4)) {
      Plan plan =
          new PostgresPlanActivities(databases)
              .makePlan(SpecReader.read(spec.toString(), Files.readString(spec)));
      assertEquals(List.of(), plan.refusals());
    }
  }
}
