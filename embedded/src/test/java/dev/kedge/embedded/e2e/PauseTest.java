package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import dev.kedge.workflow.State;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Once a migration is paused, nothing of Kedge's commits until somebody resumes it. */
@Execution(ExecutionMode.CONCURRENT)
final class PauseTest {
  private static final int ROWS = 100_000;
  private static final long LOOK_MILLIS = 1_500;

  @Test
  void aPlainSignalStopsAllCommitsOnceTheStatusSaysPaused() throws Exception {
    pausesAndGoesOn(migration -> migration.signal("pause"));
  }

  @Test
  void theUpdateReturnsWhenNothingCommitsAnyMore() throws Exception {
    pausesAndGoesOn(migration -> assertEquals(State.PAUSED, migration.pauseAndWait().state()));
  }

  private static void pausesAndGoesOn(Consumer<Migration> pause) throws Exception {
    TestDatabase database = TestDatabase.create();
    Balances balances = Balances.create(database, ROWS);
    Ledger ledger = new Ledger(database);
    try (Deployment deployment = Deployment.start(database)) {
      deployment.addBackfill();
      Migration migration = deployment.start(Specs.balances(2));
      Await.until("a tenth of the rows", () -> ledger.rows() >= ROWS / 10);
      pause.accept(migration);
      migration.awaitState(State.PAUSED);

      assertNothingCommits(database, ledger);
      assertTrue(ledger.rows() < ROWS, "paused too late to prove anything");

      migration.signal("resume");
      migration.awaitGate(Gate.READS);
      assertEquals(ROWS, balances.rightAndTouchedOnce());
    }
  }

  private static void assertNothingCommits(TestDatabase database, Ledger ledger) throws Exception {
    List<String> turns = ledger.turns();
    long written = written(database);
    long end = System.nanoTime() + LOOK_MILLIS * 1_000_000;
    while (System.nanoTime() < end) {
      assertEquals(List.of(), writers(database));
      Thread.sleep(5);
    }
    assertEquals(turns, ledger.turns());
    assertEquals(written, written(database));
  }

  /** Sessions of ours that have written something they could still commit. */
  private static List<String> writers(TestDatabase database) throws Exception {
    return database.texts(
        """
        SELECT application_name || ': ' || query FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'kedge:%'
          AND backend_xid IS NOT NULL""");
  }

  private static long written(TestDatabase database) throws Exception {
    return database.number("SELECT count(*) FROM accounts WHERE balance_cents IS NOT NULL");
  }
}
