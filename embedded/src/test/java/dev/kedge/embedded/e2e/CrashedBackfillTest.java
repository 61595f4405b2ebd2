package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Workers that die or freeze in the middle of a backfill in place write every row once. */
@Execution(ExecutionMode.CONCURRENT)
final class CrashedBackfillTest {
  private static final int ROWS = 500_000;
  private static final int FEWER_ROWS = 200_000;
  private static final int LOOKS = 10;

  @Test
  void aKilledWorkersSuccessorGoesOnWhereTheLedgerStands() throws Exception {
    TestDatabase database = TestDatabase.create();
    Balances balances = Balances.create(database, ROWS);
    Ledger ledger = new Ledger(database);
    try (Deployment deployment = Deployment.start(database)) {
      BackfillProcess first = deployment.addBackfill();
      Migration migration = deployment.start(Specs.balances(2));
      Await.until("a fifth of the rows", () -> ledger.rows() >= ROWS / 5);
      first.kill();
      assertTrue(ledger.rows() < ROWS, "killed too late to prove anything");

      deployment.addBackfill();
      migration.awaitGate(Gate.READS);

      assertEquals(ROWS, balances.rightAndTouchedOnce());
      assertEquals(ROWS, ledger.rows());
    }
  }

  @Test
  void aFrozenWorkerThatWakesAfterAnotherFinishedWritesNothing() throws Exception {
    TestDatabase database = TestDatabase.create();
    Balances balances = Balances.create(database, FEWER_ROWS);
    Ledger ledger = new Ledger(database);
    try (Deployment deployment = Deployment.start(database)) {
      BackfillProcess zombie = deployment.addBackfill();
      Migration migration = deployment.start(Specs.balances(1));
      Await.until("a fifth of the rows", () -> ledger.rows() >= FEWER_ROWS / 5);
      freezeInTransaction(zombie, database);
      assertTrue(ledger.rows() < FEWER_ROWS, "frozen too late to prove anything");

      deployment.addBackfill();
      migration.awaitGate(Gate.READS);
      List<String> turns = ledger.turns();
      assertEquals(FEWER_ROWS, balances.rightAndTouchedOnce());

      zombie.thaw();
      awaitSessionOf(zombie, database);
      assertEquals(FEWER_ROWS, balances.rightAndTouchedOnce());
      assertEquals(turns, ledger.turns());
    }
  }

  /**
   * Until it is caught between BEGIN and COMMIT, which is where it could do harm; and then until
   * the server has cut it off, which is after twice the time of a chunk.
   */
  private static void freezeInTransaction(BackfillProcess process, TestDatabase database)
      throws Exception {
    Await.until(
        "a worker frozen within a transaction",
        () -> {
          process.freeze();
          // Its statement ends by itself; what then stays open is the transaction.
          boolean caught = silentMillis(database, LOOKS) >= 0;
          if (!caught) {
            process.thaw();
          }
          return caught;
        });
    long longest = 0;
    for (long now = 0; now >= 0; now = silentMillis(database, 1)) {
      longest = Math.max(longest, now);
    }
    // Seen from outside, on a busy machine; the server's own clock counts 100 ms.
    assertTrue(longest < 1_000, "a frozen worker kept its locks for " + longest + " ms");
  }

  /** For how long our transaction with rows written has been silent; -1 when there is none. */
  private static long silentMillis(TestDatabase database, int looks) throws Exception {
    long millis = -1;
    for (int i = 0; i < looks && millis < 0; i++) {
      millis =
          database.number(
              """
              SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change) * 1000), -1)::bigint
              FROM pg_stat_activity
              WHERE datname = current_database() AND backend_xid IS NOT NULL
                AND application_name LIKE 'kedge:balances:%' AND state = 'idle in transaction'
                AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'accounts'::regclass
                  AND mode = 'RowExclusiveLock')""");
    }
    return millis;
  }

  /** It has been awake long enough to have tried whatever it would try. */
  private static void awaitSessionOf(BackfillProcess process, TestDatabase database)
      throws Exception {
    Thread.sleep(Duration.ofSeconds(4).toMillis());
    assertTrue(process.alive());
    database.number("SELECT 1");
  }
}
