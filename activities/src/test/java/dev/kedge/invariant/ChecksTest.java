package dev.kedge.invariant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.InvariantActivities.InvariantResult;
import dev.kedge.activity.InvariantActivities.InvariantState;
import dev.kedge.activity.ReconcileActivities.Evidence;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.reconcile.PostgresReconcileActivities;
import dev.kedge.spec.Gate;
import dev.kedge.spec.Invariant;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must be true of the data, looked at on a real server by a role that may only read. */
final class ChecksTest {
  private static final Invariant NOT_NEGATIVE =
      Invariant.of("no value is negative", "SELECT id, v FROM a WHERE v < 0 ORDER BY id");
  private static final Invariant TOTALS =
      Invariant.of(
          "totals", "SELECT v, count(*) FROM a GROUP BY v", "SELECT v, count(*) FROM b GROUP BY v");

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  ChecksTest() {}

  @BeforeEach
  void role() throws SQLException {
    CheckedMove.role(postgres);
  }

  @AfterEach
  void dropsRole() throws SQLException {
    CheckedMove.dropRole(postgres);
  }

  @Test
  void rowsThatOffendAreCountedAndNamedByKeyAndNeverByValue() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, NOT_NEGATIVE);
    InvariantResult holds = move.result();
    assertEquals(InvariantState.HOLDS, holds.state());
    assertNull(holds.rows());

    postgres.run("UPDATE a SET v = -4711 WHERE id IN (3, 7)");
    InvariantResult violated = move.result();
    assertEquals(InvariantState.VIOLATED, violated.state());
    assertTrue(violated.required(), "it reads only what is there before the backfill");
    assertEquals(List.of("3", "7"), violated.keys());
    assertEquals("no value is negative is violated: 2 rows (keys 3; 7)", violated.words());
    assertFalse(
        move.value("SELECT string_agg(i::text, '') FROM kedge.invariant i").contains("4711"));
    assertEquals(
        "invariant no value is negative is violated: 2 rows (keys 3; 7)",
        move.value("SELECT words FROM kedge.observation"));
  }

  @Test
  void atMostTwentyKeysAreNamedAndRowsAreNotCountedWithoutEnd() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, Invariant.of("none", "SELECT id FROM a"));
    assertEquals(20, move.result().keys().size());
    assertEquals(100, move.result().rows());
    move.must(Invariant.of("none", "SELECT a.id FROM a, generate_series(1, 1000)"));
    assertTrue(move.result().words().startsWith("none is violated: more than 10000 rows (keys "));
  }

  @Test
  void aValueThatIsOnlyCalledLikeTheKeyIsNotShown() throws SQLException {
    CheckedMove move =
        CheckedMove.start(postgres, Invariant.of("i", "SELECT v + 1 AS id FROM a WHERE id = 3"));
    assertEquals(List.of(), move.result().keys());
    move.must(Invariant.of("i", "SELECT v AS id FROM a WHERE id = 3"));
    assertEquals(List.of(), move.result().keys());
    move.must(Invariant.of("i", "SELECT x.k FROM (SELECT id AS k FROM a WHERE id = 3) x"));
    assertEquals(List.of("3"), move.result().keys());
  }

  @Test
  void whatReadsAFilledTableNeedNotHoldBeforeItIsFilledUnlessTheSpecSaysSo() throws SQLException {
    Invariant all =
        Invariant.of("b has all", "SELECT id FROM a WHERE id NOT IN (SELECT id FROM b)");
    CheckedMove move = CheckedMove.start(postgres, all, TOTALS);
    assertEquals(
        List.of(false, false),
        move.check(false).results().stream().map(InvariantResult::required).toList());
    assertEquals(
        List.of(InvariantState.VIOLATED, InvariantState.VIOLATED),
        move.check(false).results().stream().map(InvariantResult::state).toList(),
        "it was possible to run them: the walk need not wait for what only copying brings");
    assertEquals(List.of(), move.check(false).violated());
    assertEquals("0", move.value("SELECT count(*) FROM kedge.observation"));
    move.must(all.from(Invariant.From.BACKFILL));
    assertTrue(move.result().required());

    move.filled();
    move.must(all, TOTALS, NOT_NEGATIVE.from(Invariant.From.RECONCILE));
    assertTrue(
        move.check(false).results().stream()
            .allMatch(each -> each.required() && each.state() == InvariantState.HOLDS));
  }

  @Test
  void aPairIsEqualByValueAsMultisets() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, TOTALS).filled();
    assertEquals(InvariantState.HOLDS, move.result().state());
    move.unseen("UPDATE b SET v = 3.000 WHERE id = 3");
    assertEquals(InvariantState.HOLDS, move.result().state(), "3 and 3.000 are one value");

    move.unseen("UPDATE b SET v = 4 WHERE id = 3; UPDATE b SET v = 3 WHERE id = 4");
    assertEquals(InvariantState.HOLDS, move.result().state(), "the same totals");
    move.must(Invariant.of("rows", "SELECT id, v FROM a", "SELECT id, v FROM b"));
    assertEquals(4, move.result().rows());

    move.must(Invariant.of("values", "SELECT v FROM a", "SELECT v FROM b"));
    assertEquals(InvariantState.HOLDS, move.result().state());
    move.unseen("INSERT INTO b VALUES (101, 5)");
    InvariantResult doubled = move.result();
    assertEquals(InvariantState.VIOLATED, doubled.state(), "one 5 more than there");
    assertEquals(1, doubled.rows());
    assertEquals(List.of(), doubled.keys());
  }

  @Test
  void whatASideHasNotGotYetIsNoViolationAndNoProof() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, TOTALS).filled();
    postgres.run("UPDATE a SET v = 77 WHERE id = 1");
    InvariantResult behind = move.result();
    assertEquals(InvariantState.NOT_CHECKED, behind.state());
    assertTrue(String.valueOf(behind.reason()).contains("had not got all yet"), behind.reason());

    move.beat(() -> round(move));
    assertEquals(InvariantState.HOLDS, move.result().state());
    move.unseen("DELETE FROM b WHERE id = 1");
    postgres.run("UPDATE a SET v = 78 WHERE id = 2");
    assertEquals(InvariantState.VIOLATED, move.result().state(), "what is really wrong is found");
  }

  @Test
  void whereTheApplicationWritesBothSidesNothingIsEverUnderway() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, TOTALS).filled();
    postgres.run("UPDATE a SET v = 77 WHERE id = 1; UPDATE kedge.move SET following = 'settled'");
    assertEquals(InvariantState.VIOLATED, move.result().state());
  }

  @Test
  void onceTheNewSideIsWrittenTheOldOneFollowsOrIsLeftBehind() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, TOTALS).filled();
    postgres.run("UPDATE kedge.move SET writing = 'new'");
    move.unseen("INSERT INTO b VALUES (200, 200)");
    assertFalse(move.result().required(), "nothing follows");
  }

  @Test
  void aTableRewrittenUnderALookIsLookedAtAgain() throws Exception {
    postgres.run("CREATE TABLE third (v int); INSERT INTO third SELECT generate_series(1, 5)");
    postgres.run("GRANT SELECT ON third TO invariant_check");
    Invariant five = Invariant.of("five", "SELECT count(*) FROM third", "SELECT 5::bigint");
    CheckedMove move = CheckedMove.start(postgres, five);
    String to = "bigint";
    boolean met = false;
    for (int i = 0; i < 50 && !met; i++) {
      Concurrently<Look> look;
      try (Connection connection = postgres.connect()) {
        connection.setAutoCommit(false);
        Sql sql = new Sql(connection);
        sql.execute("ALTER TABLE third ALTER COLUMN v TYPE " + to);
        look = Concurrently.start(() -> move.look(five, move.plan()));
        Concurrently.untilWaiting(postgres, "check");
        connection.commit();
      }
      to = to.equals("bigint") ? "int" : "bigint";
      Look seen = look.result();
      assertTrue(seen.inconclusive(), seen::toString);
      met = seen.seen() != null;
    }
    assertTrue(met, "it was always too late");
    assertEquals(InvariantState.HOLDS, move.result().state());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DELETE FROM a RETURNING id                               | it failed with SQLSTATE 25006
          WITH gone AS (DELETE FROM a RETURNING id) SELECT id FROM gone | it failed with SQLSTATE 25006
          SELECT 1; DELETE FROM a                                  | the query is not one statement
          COMMIT; DELETE FROM a                                    | the query is not one statement
          SELECT nextval('numbers')                                | SQLSTATE 4250
          SELECT breaks()                                          | it failed with SQLSTATE 25006
          SELECT set_config('transaction_read_only', 'off', false) | SQLSTATE 25001
          SELECT 1 FROM pg_sleep(30)                               | it took longer than 300ms
          SELECT id FROM a FOR UPDATE                              | SQLSTATE
          SELECT v FROM secret                                     | permission denied
          """)
  void aQueryThatWouldDoMoreThanReadDoesNoHarm(String sql, String why) throws SQLException {
    postgres.run(
        """
        CREATE SEQUENCE numbers;
        CREATE TABLE secret (v text);
        REVOKE ALL ON secret FROM invariant_check;
        CREATE FUNCTION breaks() RETURNS int LANGUAGE sql SECURITY DEFINER
          AS 'INSERT INTO secret VALUES (''x''); SELECT 1'""");
    CheckedMove move =
        CheckedMove.start(postgres, Invariant.of("i", sql).within(Duration.ofMillis(300)));
    InvariantResult result = move.result();
    assertEquals(InvariantState.NOT_CHECKED, result.state(), result::words);
    assertTrue(String.valueOf(result.reason()).contains(why), result.reason());
    assertEquals("100", move.value("SELECT count(*) FROM a"));
    assertEquals("0", move.value("SELECT count(*) FROM secret"));
    assertEquals("1", move.value("SELECT nextval('numbers')"));
  }

  @Test
  void anAdvisoryLockDoesNotOutliveTheQuery() throws SQLException {
    CheckedMove move =
        CheckedMove.start(postgres, Invariant.of("i", "SELECT pg_advisory_lock(42)"));
    assertNotEquals(InvariantState.HOLDS, move.result().state());
    assertEquals("0", move.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
  }

  @Test
  void withoutARoleForChecksNothingIsKnown() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, NOT_NEGATIVE);
    postgres.failOverTo(postgres.server());
    assertEquals(
        "this worker's configuration names no role for checks (roles: check)",
        move.result().reason());
  }

  @Test
  void whatIsNotDueKeepsItsResultAndWhatDoesNotHoldIsAlwaysDue() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, NOT_NEGATIVE);
    String first = move.result().at();
    assertEquals(first, move.check(true).results().get(0).at());
    postgres.run("UPDATE kedge.invariant SET at = at - interval '10 minutes'");
    postgres.run("UPDATE a SET v = -1 WHERE id = 1");
    assertEquals(1, move.check(true).violated().size());
    postgres.run("UPDATE a SET v = 1 WHERE id = 1");
    assertEquals(List.of(), move.check(true).violated());
  }

  @Test
  void anEpochThatIsOverKeepsNothing() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, NOT_NEGATIVE);
    move.result();
    postgres.run("UPDATE a SET v = -1 WHERE id = 1");
    Checks late =
        new Checks(move.engine.database(), move.scope().scope(), Duration.ZERO, () -> fence());
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> late.run(false));
    assertEquals(Failures.FENCED, failure.getType());
    assertEquals("holds", move.value("SELECT state FROM kedge.invariant"));
  }

  @Test
  void evidenceSaysWhatEachCameToAndIsNotCleanUnlessAllHold() throws SQLException {
    CheckedMove move = CheckedMove.start(postgres, NOT_NEGATIVE, TOTALS).filled();
    assertFalse(seal(move).clean());
    assertTrue(seal(move).content().contains("invariant totals was never checked"));
    move.check(false);
    String good = seal(move).content();
    assertTrue(good.contains("\"name\":\"totals\""), good);
    assertFalse(good.contains("was never checked") || good.contains("is violated"), good);
    move.unseen("UPDATE b SET v = 4711 WHERE id = 3");
    move.check(false);
    Evidence bad = seal(move);
    assertFalse(bad.clean());
    assertTrue(bad.content().contains("invariant totals is violated: "), bad.content());
    assertFalse(bad.content().contains("4711"), bad.content());
  }

  private Evidence seal(CheckedMove move) {
    return new PostgresReconcileActivities(postgres.databases())
        .sealEvidence(new SealRequest(move.scope().scope(), Gate.READS, "sha256:m", List.of()));
  }

  private void fence() {
    try {
      postgres.run("UPDATE kedge.migration SET epoch = epoch + 1");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void round(CheckedMove move) {
    try {
      move.engine.round();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
