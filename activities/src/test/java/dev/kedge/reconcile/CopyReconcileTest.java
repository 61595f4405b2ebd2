package dev.kedge.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CopyReconcileTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private Follower users(String... ends) throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text, email text);
        INSERT INTO users SELECT i, 'n' || i, 'e' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text, email text);
        INSERT INTO people SELECT * FROM users""");
    return Follower.of(postgres, CopyMove.of(postgres, "users", "people").reversed().plan(1), ends);
  }

  @Test
  void equalTablesAreProven() throws SQLException {
    Follower users = users("30", "60");
    Comparison seen = users.compare("r");
    assertEquals(100, seen.comparedRows());
    assertEquals(100, seen.agreesForward());
    assertEquals(0, seen.unproven());
    assertEquals(List.of(), users.findings());
  }

  @Test
  void missingExtraAndDifferentRowsAreFoundByKeyAlsoOutsideOfAllKeys() throws SQLException {
    Follower users = users("30", "60");
    users.unseen(
        """
        DELETE FROM people WHERE id = 31;
        INSERT INTO people VALUES (-5, 'ghost', ''), (1000, 'ghost', '');
        UPDATE people SET name = 'x' WHERE id = 60;
        UPDATE people SET name = NULL WHERE id = 61""");
    Comparison seen = users.compare("r");
    assertEquals(1, seen.missing());
    assertEquals(2, seen.extra());
    assertEquals(2, seen.different());
    assertEquals(
        List.of("-5 extra", "1000 extra", "31 missing", "60 different", "61 different"),
        users.findings());
    assertEquals("public.people", seen.examples().get(0).to());
  }

  @Test
  void onlyPlantedDifferencesAreFoundWhateverValuesLookLike() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, t text, u text, n numeric, z timestamptz, f float8,
          c char(3), j jsonb);
        INSERT INTO a VALUES
          (1, '', 'b', 1.0, '2020-01-01 00:00Z', 'NaN', 'x', '{"a": 1, "b": 2}'),
          (2, 'a', NULL, 2, 'infinity', -0.0, 'x', '{}'),
          (3, 'p', 'q', 3, now(), 1, 'x', '{}'),
          (4, 'r', 's', 4, now(), 1, 'x', '{}'),
          (5, NULL, '', 'NaN', now(), '-infinity', NULL, NULL);
        CREATE TABLE b (id int PRIMARY KEY, t text, u text, n numeric, z timestamptz, f float8,
          c varchar(5), j jsonb);
        INSERT INTO b SELECT * FROM a""");
    Follower follower = Follower.of(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    follower.unseen(
        """
        SET TimeZone = 'Asia/Tokyo';
        UPDATE b SET n = 1.00, z = '2020-01-01 09:00', j = '{"b": 2, "a": 1}' WHERE id = 1;
        UPDATE b SET f = 0.0, c = 'x' WHERE id = 2""");
    assertEquals(0, follower.compare("equal").unproven());
    follower.unseen(
        """
        UPDATE b SET t = NULL WHERE id = 1;
        UPDATE b SET t = u, u = t WHERE id = 2;
        UPDATE b SET t = 'r', u = 's' WHERE id = 3;
        UPDATE b SET t = 'p', u = 'q' WHERE id = 4""");
    assertEquals(4, follower.compare("different").different());
    assertEquals(
        List.of("1 different", "2 different", "3 different", "4 different"), follower.findings());
  }

  @Test
  void aSystematicErrorInEveryRowIsSeenInEveryRow() throws SQLException {
    Follower users = users();
    users.unseen("UPDATE people SET name = email, email = name");
    Comparison seen = users.compare("r");
    assertEquals(100, seen.different());
    assertEquals(0, seen.agreesForward());
    assertEquals(20, seen.examples().size());
    users.unseen("UPDATE people SET name = email, email = name");
    assertEquals(0, users.compare("r2").unproven());
    assertEquals(List.of(), users.findings());
  }

  // Each row's error is the next one's opposite, and all of them together come to nothing.
  @Test
  void errorsThatCancelEachOtherAreSeenInEveryRow() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, n int, m numeric, u uuid);
        INSERT INTO a SELECT i, i, i, md5(i::text)::uuid FROM generate_series(1, 100) i;
        CREATE TABLE b (id int PRIMARY KEY, n int, m numeric, u uuid);
        INSERT INTO b SELECT * FROM a""");
    Follower follower = Follower.of(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    assertEquals(0, follower.compare("equal").unproven());
    for (String error :
        List.of(
            "n = n + 1",
            "m = m + 1",
            "n = m, m = n + 1",
            "n = n + 1 - 2 * (id % 2)",
            "n = CASE WHEN id % 2 = 0 THEN n - 1 ELSE n + 1 END",
            "u = (SELECT a.u FROM a WHERE a.id = 101 - b.id)")) {
      follower.unseen("UPDATE b SET " + error);
      assertEquals(100, follower.compare(error).different(), error);
      follower.unseen("UPDATE b SET n = a.n, m = a.m, u = a.u FROM a WHERE a.id = b.id");
      assertEquals(0, follower.compare("mended after " + error).unproven(), error);
    }
  }

  @Test
  void moreDifferencesThanAreListedStayUnproven() throws SQLException {
    Follower users = users();
    users.unseen("UPDATE people SET name = 'x'");
    Bounds bounds = new Bounds(Duration.ofMillis(200), 7, 30);
    assertEquals(100, users.reconciler(Pulse.NONE, bounds).compareAll("r").unproven());
    assertEquals(30, users.findings().size());
    users.unseen("UPDATE people p SET name = u.name FROM users u WHERE u.id = p.id AND u.id <= 30");
    // At least: what was listed before keeps its place until it is looked at again.
    assertTrue(users.reconciler(Pulse.NONE, bounds).compareCaptured("c1").unproven() >= 70);
    users.unseen("UPDATE people p SET name = u.name FROM users u WHERE u.id = p.id");
    assertEquals(0, users.reconciler(Pulse.NONE, bounds).compareCaptured("c2").unproven());
  }

  @Test
  void whatTheTailHasNotAppliedIsExplainedAndComparedAgainAfterItsRound() throws SQLException {
    Follower users = users("50");
    postgres.run("UPDATE users SET name = 'new' WHERE id IN (10, 90)");
    boolean[] applied = {false};
    Pulse tail =
        now -> {
          if (!applied[0] && bothAreSuspected()) {
            applied[0] = true;
            run(users, "UPDATE people SET name = 'new' WHERE id IN (10, 90)");
          }
        };
    Comparison seen = users.compare("r", tail);
    assertTrue(applied[0]);
    assertEquals(2, seen.explained());
    assertEquals(0, seen.unproven());
    assertEquals(List.of(), users.findings());
  }

  @Test
  void anExplanationProvesNothingWhileTheTailStandsStill() throws SQLException {
    Follower users = users();
    postgres.run("UPDATE users SET name = 'new' WHERE id = 10");
    Comparison seen = users.compare("r");
    assertEquals(1, seen.explained());
    assertEquals(1, seen.notComparable());
    users.round("UPDATE people SET name = 'new' WHERE id = 10");
    assertEquals(0, users.compareCaptured().unproven());
  }

  @Test
  void whatTheTailAppliedWronglyIsReal() throws SQLException {
    Follower users = users();
    postgres.run("UPDATE users SET name = 'new' WHERE id = 10");
    users.round("UPDATE people SET name = 'old' WHERE id = 10");
    assertEquals(1, users.compare("r").different());
    assertEquals(List.of("10 different"), users.findings());
  }

  @Test
  void anOpenTransactionIsNeitherSeenNorExplained() throws SQLException {
    Follower users = users();
    try (Connection open = postgres.connect();
        Statement statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.execute("UPDATE users SET name = 'new' WHERE id = 10");
      users.unseen("UPDATE people SET name = 'x' WHERE id = 20");
      Comparison seen = users.compare("r");
      assertEquals(0, seen.explained());
      assertEquals(List.of("20 different"), users.findings());
      open.commit();
    }
    // The transaction was in progress when the ranges were compared.
    Comparison captured = users.compareCaptured();
    assertEquals(1, captured.different());
    assertEquals(1, captured.notComparable());
    users.round("UPDATE people SET name = 'new' WHERE id = 10");
    assertEquals(0, users.compareCaptured().notComparable());
  }

  @Test
  void everyRangeIsExplainedByItsOwnSnapshotHoweverAlikeTheyLook() throws SQLException {
    Follower users = users("50");
    postgres.run(
        """
        UPDATE kedge.range SET state = 'filled', applied = '10:20:12' WHERE range = 1;
        UPDATE kedge.range SET state = 'filled', applied = '10:20:15' WHERE range = 2;
        INSERT INTO kedge.log_1_1 (xid, k1) VALUES ('12', 10), ('12', 90)""");
    users.unseen("UPDATE people SET name = 'x' WHERE id IN (10, 90)");
    users.compare("r");
    // Transaction 12 was in progress for the first range alone: 90 had its turn, 10 had not.
    assertEquals(List.of("90 different"), users.findings());
  }

  @Test
  void aKeyInTheLogThatWasAppliedBeforeExplainsNothing() throws SQLException {
    Follower users = users();
    postgres.run("UPDATE users SET name = name WHERE id = 10");
    users.round("SELECT 1");
    users.unseen("UPDATE people SET name = 'x' WHERE id = 10");
    assertEquals(1, users.compare("r").different());
  }

  @Test
  void aTableEmptiedSinceIsComparedAgain() throws SQLException {
    Follower users = users("50");
    assertEquals(100, users.compare("r").comparedRows());
    postgres.run("TRUNCATE users; INSERT INTO users VALUES (7, 'n7', 'e7')");
    users.round("DELETE FROM people WHERE id <> 7");
    Comparison seen = users.compareCaptured();
    assertEquals(1, seen.comparedRows());
    assertEquals(0, seen.unproven());
  }

  @Test
  void aTableEmptiedSinceExplainsOnlyUntilItIsApplied() throws SQLException {
    Follower users = users("50");
    postgres.run("TRUNCATE users");
    assertEquals(100, users.compare("r").notComparable());
    users.round("SELECT 1");
    assertEquals(100, users.compareCaptured().extra());
  }

  // Without the lock before the snapshot the emptied table looks empty, its mark is not seen yet,
  // and every row of the other side seems too many.
  @Test
  void aTableEmptiedWhileACompareWaitsForItIsExplained() throws Exception {
    Follower users = users();
    try (Connection application = postgres.connect();
        Statement statement = application.createStatement()) {
      application.setAutoCommit(false);
      statement.execute("TRUNCATE users");
      CompletableFuture<Comparison> seen =
          CompletableFuture.supplyAsync(() -> unchecked(() -> users.compare("r")));
      Await.until(this::someoneWaits);
      application.commit();
      assertEquals(0, seen.get().extra());
      assertEquals(100, seen.get().notComparable());
    }
  }

  @Test
  void neitherTablesNorLogAreEmptiedUnderACompare() throws Exception {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text);
        INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 100) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text);
        INSERT INTO people SELECT * FROM users;
        CREATE FUNCTION public.held(text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
          -- To wait for the lock would be cut off by lock_timeout.
          WHILE NOT pg_try_advisory_xact_lock_shared(7) LOOP PERFORM pg_sleep(0.01); END LOOP;
          RETURN $1;
        END $$""");
    Follower users =
        Follower.of(
            postgres,
            CopyMove.of(postgres, "users", "people").column("name", "public.held(name)").plan(1));
    try (Connection gate = postgres.connect();
        Statement statement = gate.createStatement()) {
      gate.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock(7)");
      CompletableFuture<Comparison> seen =
          CompletableFuture.supplyAsync(() -> unchecked(() -> users.compare("r")));
      Await.until(this::someoneIsHeld);
      for (String table : List.of("users", "people", "kedge.log_1_1")) {
        SQLException refused =
            assertThrows(
                SQLException.class, () -> postgres.run("SET lock_timeout = 20; TRUNCATE " + table));
        assertEquals("55P03", refused.getSQLState());
      }
      gate.commit();
      assertEquals(0, seen.get().unproven());
    }
  }

  private boolean someoneIsHeld() throws SQLException {
    return !Fixture.value(
            postgres,
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
        .equals("0");
  }

  private boolean someoneWaits() throws SQLException {
    return !Fixture.value(postgres, "SELECT count(*) FROM pg_locks WHERE NOT granted").equals("0");
  }

  private static <T> T unchecked(Callable<T> work) {
    try {
      return work.call();
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  @Test
  void aRewriteThatNothingCapturedIsComparedAgain() throws SQLException {
    Follower users = users("50");
    users.compare("r");
    postgres.run("ALTER TABLE people ALTER name TYPE varchar USING name || '!'");
    assertEquals(100, users.compareCaptured().different());
  }

  @Test
  void aTableThatIsGoneIsNotCompared() throws SQLException {
    Follower users = users("50");
    users.compare("r");
    postgres.run("DROP TABLE people");
    assertTrue(users.compareCaptured().notComparable() > 0);
    assertTrue(users.compare("r2").notComparable() > 0);
  }

  @Test
  void anotherTableOfThatNameIsNotCompared() throws SQLException {
    Follower users = users("50");
    postgres.run("ALTER TABLE people RENAME TO past; CREATE TABLE public.people AS TABLE past");
    Comparison seen = users.compare("r");
    assertEquals(0, seen.comparedRows());
    assertTrue(seen.notComparable() > 0);
  }

  @Test
  void aRowThatCannotBeConvertedIsFoundAndTheOthersAreCompared() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, i::text FROM generate_series(1, 100) i;
        CREATE TABLE b (id int PRIMARY KEY, v int);
        INSERT INTO b SELECT id, v::int FROM a;
        UPDATE a SET v = 'no' WHERE id IN (40, 77);
        INSERT INTO a VALUES (200, 'no')""");
    Follower follower =
        Follower.of(postgres, CopyMove.of(postgres, "a", "b").where("v::int > 0").plan(1), "50");
    follower.unseen(
        """
        UPDATE b SET v = 0 WHERE id = 50;
        DELETE FROM a WHERE id = 76;
        DELETE FROM b WHERE id = 77""");
    Comparison seen = follower.compare("r");
    assertEquals(
        List.of(
            "200 notComparable",
            "40 notComparable",
            "50 different",
            "76 extra",
            "77 notComparable"),
        follower.findings());
    assertEquals(97, seen.comparedRows());
  }

  @Test
  void whatIsNotFilledYetIsNeitherMissingNorProven() throws SQLException {
    Follower users = users("50");
    postgres.run(
        """
        UPDATE kedge.range SET state = 'open', cursor = '{70}' WHERE range = 2;
        DELETE FROM people WHERE id > 70;
        INSERT INTO people VALUES (80, 'ghost', '')""");
    postgres.run("DELETE FROM kedge.log_1_1_r");
    Comparison seen = users.compare("r");
    assertEquals(70, seen.comparedRows());
    assertEquals(1, seen.notComparable());
    assertEquals(List.of("80 extra"), users.findings());
  }

  @Test
  void aSecondAttemptGoesOnAndANewCompareBeginsAgain() throws SQLException {
    Follower users = users("50");
    int[] beats = {0};
    Pulse killed =
        now -> {
          if (beats[0]++ == 2) {
            throw new IllegalStateException("killed");
          }
        };
    assertThrows(IllegalStateException.class, () -> users.compare("r", killed));
    long before =
        Long.parseLong(Fixture.value(postgres, "SELECT sum(compared)::text FROM kedge.comparison"));
    assertTrue(before > 0 && before < 100);
    // What was compared is not compared again; nothing captured this difference.
    users.unseen("UPDATE people SET name = 'x' WHERE id = 1");
    Comparison seen = users.compare("r");
    assertEquals(100, seen.comparedRows());
    assertEquals(0, seen.unproven());
    assertEquals(1, users.compare("another").unproven());
  }

  @Test
  void aDifferenceThatComesBackIsCountedAgain() throws SQLException {
    Follower users = users();
    for (int run = 1; run <= 2; run++) {
      users.unseen("UPDATE people SET name = 'x' WHERE id = 1");
      assertEquals(1, users.compare("found " + run).different());
      users.unseen("UPDATE people SET name = 'n1' WHERE id = 1");
      assertEquals(0, users.compareCaptured().unproven());
    }
    assertEquals("2", Fixture.value(postgres, "SELECT times FROM kedge.finding"));
  }

  @Test
  void keysCapturedSinceAreComparedAndFewOthers() throws SQLException {
    Follower users = users("50");
    users.compare("r");
    postgres.run("UPDATE users SET name = 'new' WHERE id IN (10, 90)");
    users.round("UPDATE people SET name = 'new' WHERE id = 10");
    users.unseen("UPDATE people SET name = 'x' WHERE id = 20");
    users.compareCaptured();
    assertEquals(List.of("90 different"), users.findings());
  }

  @Test
  void anOldEpochWritesNothing() throws SQLException {
    Follower users = users();
    Reconciler old = users.reconciler(Pulse.NONE);
    Fixture.bump(postgres, users.scope.scope());
    ApplicationFailure refused = assertThrows(ApplicationFailure.class, () -> old.compareAll("r"));
    assertEquals(Failures.FENCED, refused.getType());
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.comparison"));
  }

  @Test
  void fromWritesOnTheOldSideIsComparedWithTheNew() throws SQLException {
    Follower users = users("50");
    users.compare("r");
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    postgres.run("UPDATE people SET name = 'new' WHERE id = 10");
    users.round("SELECT 1");
    users.unseen("DELETE FROM users WHERE id = 11");
    Comparison seen = users.compareCaptured();
    assertEquals(100, seen.comparedRows());
    assertEquals(List.of("10 different", "11 missing"), users.findings());
    assertEquals("public.users", seen.examples().get(0).to());
  }

  @Test
  void withoutReverseNothingIsClaimedFromWritesOn() throws SQLException {
    postgres.run(
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);"
            + " INSERT INTO b VALUES (1)");
    Follower follower = Follower.of(postgres, CopyMove.of(postgres, "a", "b").plan(1));
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    Comparison seen = follower.compare("r");
    assertEquals(0, seen.comparedRows());
    assertEquals(0, seen.unproven());
  }

  @Test
  void twoHundredThousandRowsAreComparedInSeconds() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, name text, email text);
        INSERT INTO users SELECT i, 'n' || i, 'e' || i FROM generate_series(1, 200000) i;
        CREATE TABLE people (id bigint PRIMARY KEY, name text, email text);
        INSERT INTO people SELECT * FROM users;
        ANALYZE users, people""");
    Follower users =
        Follower.of(postgres, CopyMove.of(postgres, "users", "people").plan(1), "100000");
    long begun = System.nanoTime();
    Comparison seen = users.reconciler(Pulse.NONE, Bounds.USUAL).compareAll("r");
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertEquals(200_000, seen.comparedRows());
    assertEquals(0, seen.unproven());
    assertFalse(took.compareTo(Duration.ofSeconds(20)) > 0, took.toString());
  }

  private boolean bothAreSuspected() {
    try {
      return Fixture.value(postgres, "SELECT count(*) FROM kedge.suspect").equals("2");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(Follower users, String statements) {
    try {
      users.round(statements);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
