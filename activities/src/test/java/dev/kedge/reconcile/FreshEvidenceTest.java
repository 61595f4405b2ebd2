package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a round looks at again: what changed since the last one, and what the evidence of no longer
 * counts. Differences that nothing captured show where it looked.
 */
final class FreshEvidenceTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Follower users;

  FreshEvidenceTest() {}

  @BeforeEach
  void proven() throws SQLException {
    postgres.run(
        """
        CREATE SEQUENCE projected;
        CREATE FUNCTION counted(text) RETURNS text LANGUAGE sql VOLATILE
        AS $$ SELECT CASE WHEN nextval('public.projected') > 0 THEN $1 END $$;
        CREATE TABLE users (id int PRIMARY KEY, name text);
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text);
        INSERT INTO people SELECT * FROM users""");
    users =
        Follower.of(
            postgres,
            CopyMove.of(postgres, "users", "people").column("name", "public.counted(name)").plan(1),
            "30",
            "60");
    assertEquals(0, users.compare("r").unproven());
  }

  @Test
  void aLaterRoundReadsOnlyWhatWasCapturedSince() throws SQLException {
    applied("UPDATE users SET name = 'new' WHERE id = 10");
    assertEquals(0, users.compareCaptured().unproven());
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 20, 90)");
    applied("UPDATE users SET name = name WHERE id = 20");
    users.compareCaptured();
    assertEquals(List.of("20 different"), users.findings());
  }

  @Test
  void aTransactionThatStaysOpenMakesNothingBeLookedAtAgain() throws SQLException {
    try (Connection open = postgres.connect();
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.execute("UPDATE users SET name = 'late' WHERE id = 50");
      applied("UPDATE users SET name = 'new' WHERE id = 10");
      assertEquals(0, users.compareCaptured().unproven());
      users.unseen("UPDATE people SET name = 'x' WHERE id = 10");
      assertEquals(0, users.compareCaptured().unproven());
      open.commit();
    }
    users.round("SELECT 1");
    // What it wrote came before the last round's last transaction, and is looked at all the same.
    assertEquals(1, users.compareCaptured().different());
    assertEquals(List.of("50 different"), users.findings());
  }

  @Test
  void aRangeWhoseEvidenceIsTooOldIsComparedWhole() throws SQLException {
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 50, 90)");
    assertEquals(0, users.compareCaptured().unproven());
    postgres.run(
        "UPDATE kedge.comparison SET compared_at = now() - interval '8 days' WHERE range = 2");
    assertEquals(1, users.compareCaptured().different());
    assertEquals(List.of("50 different"), users.findings());
  }

  @Test
  void theSpecSaysHowOldEvidenceMayBe() throws SQLException {
    postgres.run(
        """
        UPDATE kedge.migration SET plan = '{"spec": {"evidence": {"maxAge": "PT2H"}}}';
        UPDATE kedge.comparison SET compared_at = now() - interval '3 hours' WHERE range = 3;
        UPDATE kedge.comparison SET compared_at = now() - interval '1 hour' WHERE range = 2""");
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 50, 90)");
    users.compareCaptured();
    assertEquals(List.of("90 different"), users.findings());
  }

  @Test
  void theRangeOfARepairedKeyIsComparedWhole() throws SQLException {
    users.unseen("UPDATE people SET name = 'x' WHERE id = 40");
    assertEquals(1, users.compare("finds").different());
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 50, 90)");
    Pulse tail = now -> round("UPDATE people SET name = 'n40' WHERE id = 40");
    Bounds bounds = new Bounds(Duration.ofMillis(200), 7, 100);
    Repairer.of(postgres.database(), users.scope, bounds, tail).repair();
    assertEquals(List.of(), users.findings());
    assertEquals("2", unfinished());
    users.compareCaptured();
    assertEquals(List.of("50 different"), users.findings());
  }

  @Test
  void aRangeThatDifferedIsComparedWholeUntilItIsEqual() throws SQLException {
    users.unseen("UPDATE people SET name = 'x' WHERE id = 40");
    users.compare("finds");
    applied("UPDATE users SET name = 'x' WHERE id = 40");
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 50)");
    users.compareCaptured();
    assertEquals(List.of("50 different"), users.findings());
  }

  @Test
  void aLogThatWasEmptiedVoidsAllEvidence() throws SQLException {
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 90)");
    assertEquals(0, users.compareCaptured().unproven());
    postgres.run("TRUNCATE kedge.log_1_1");
    assertEquals(2, users.compareCaptured().different());
  }

  @Test
  void rangesThatWereCutSinceAreComparedAnew() throws SQLException {
    postgres.run(
        """
        UPDATE kedge.range SET hi = '{45}', cursor = '{45}' WHERE range = 2;
        INSERT INTO kedge.range (migration, move, range, lo, hi, cursor, state, epoch, applied)
        SELECT migration, move, 4, '{45}', '{60}', '{60}', state, epoch, applied
        FROM kedge.range
        WHERE range = 2""");
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 50)");
    Comparison seen = users.compareCaptured();
    assertEquals(100, seen.comparedRows());
    assertEquals(List.of("10 different", "50 different"), users.findings());
    assertEquals("4", Fixture.value(postgres, "SELECT count(*) FROM kedge.comparison"));
  }

  @Test
  void aPartitionThatCameOrWentVoidsAllEvidence() throws SQLException {
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 90)");
    assertEquals(0, users.compareCaptured().unproven());
    // As the tail notes it when it has taken one in.
    postgres.run("UPDATE kedge.move SET tree = NULL, members = NULL");
    assertEquals(0, users.compareCaptured().unproven());
    String before = files();
    postgres.run("UPDATE kedge.comparison SET files = files || ' another tree'");
    assertEquals(2, users.compareCaptured().different());
    assertEquals(before, files());
  }

  @Test
  void whatARoundCostsGoesWithWhatChangedNotWithTheTable() throws SQLException {
    assertEquals(50, projected(100, 50));
    assertEquals(50, projected(5_000, 50));
    assertEquals(1_000, projected(5_000, 1_000));
    assertEquals(0, projected(5_000, 0));
  }

  // How many rows a round projects, in a table of so many rows of which so many changed.
  private long projected(int rows, int changed) throws SQLException {
    users.unseen(
        """
        DELETE FROM users; DELETE FROM people;
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, %1$d) i;
        INSERT INTO people SELECT * FROM users"""
            .formatted(rows));
    long all = projected();
    assertEquals(0, users.compare("rows " + rows + " " + changed).unproven());
    assertEquals(rows, projected() - all);
    applied("UPDATE users SET name = name WHERE id <= " + changed);
    long before = projected();
    Comparison seen = users.compareCaptured();
    assertEquals(0, seen.unproven());
    assertEquals(rows, seen.comparedRows());
    return projected() - before;
  }

  private long projected() throws SQLException {
    return Long.parseLong(Fixture.value(postgres, "SELECT last_value FROM projected"));
  }

  private void applied(String statement) throws SQLException {
    postgres.run(statement);
    users.round(
        "UPDATE people p SET name = u.name FROM users u WHERE u.id = p.id"
            + " AND p.id IN (SELECT k1 FROM kedge.log_1_1) AND p.name <> 'x'");
  }

  private void round(String statements) {
    try {
      users.round(statements);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String unfinished() throws SQLException {
    return Fixture.value(
        postgres, "SELECT string_agg(range::text, ',') FROM kedge.comparison WHERE NOT finished");
  }

  private String files() throws SQLException {
    return Fixture.value(postgres, "SELECT min(files) FROM kedge.comparison");
  }
}
