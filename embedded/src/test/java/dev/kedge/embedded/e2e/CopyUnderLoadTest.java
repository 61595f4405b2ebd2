package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import dev.kedge.workflow.MigrationStatus;
import dev.kedge.workflow.State;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A copy beside an application that writes all the time, and a worker killed in the middle. */
@Execution(ExecutionMode.CONCURRENT)
final class CopyUnderLoadTest {
  private static final int ROWS = 150_000;

  @Test
  void everyAcknowledgedWriteIsThereAtTheEndAndNothingElse() throws Exception {
    TestDatabase database = TestDatabase.create();
    Ledger ledger = new Ledger(database);
    try (Application application = Application.open(database, ROWS, 20261121);
        Deployment deployment = Deployment.start(database)) {
      BackfillProcess first = deployment.addBackfill();
      Migration migration = deployment.start(Specs.orders());
      Await.until("a fifth of the rows", () -> ledger.rows() >= ROWS / 5);
      first.kill();
      assertTrue(ledger.rows() < ROWS, "killed too late to prove anything");
      application.awaitMore();
      deployment.addBackfill();

      assertNoDifference(migration.pass(Gate.READS, "ana@example.com"));
      application.awaitMore();
      assertNoDifference(migration.pass(Gate.WRITES, "ana@example.com"));
      MigrationStatus beforeContract = migration.awaitGate(Gate.CONTRACT);
      assertNoDifference(beforeContract);
      application.awaitMore();
      application.stop();

      assertEquals(Map.of(), application.errors());
      assertEquals(3, application.switches());
      assertEquals(application.journal(), application.rows(Shape.NEW));
      Await.until("the old side to follow", () -> application.differences() == 0);

      migration.pass(Gate.CONTRACT, "ana@example.com", "ben@example.com");
      migration.awaitState(State.COMPLETED);
      assertEquals(application.journal(), application.rows(Shape.NEW));
    }
  }

  private static void assertNoDifference(MigrationStatus status) {
    assertEquals(0, status.reconciliation().differences());
  }
}
