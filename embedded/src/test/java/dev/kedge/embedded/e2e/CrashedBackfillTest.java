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
      Frozen.inTransaction(zombie, database, "kedge");
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

  /** It has been awake long enough to have tried whatever it would try. */
  private static void awaitSessionOf(BackfillProcess process, TestDatabase database)
      throws Exception {
    Thread.sleep(Duration.ofSeconds(4).toMillis());
    assertTrue(process.alive());
    database.number("SELECT 1");
  }
}
