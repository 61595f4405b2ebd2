package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A Temporal that forgot everything: the ledger knows what is done, people are asked again. */
@Execution(ExecutionMode.CONCURRENT)
final class LostTemporalTest {

  @Test
  void anotherStartAdoptsTheLedgerAndFillsNoRowTwice() throws Exception {
    int rows = 200_000;
    TestDatabase database = TestDatabase.create();
    Balances balances = Balances.create(database, rows);
    Ledger ledger = new Ledger(database);
    try (Deployment deployment = Deployment.start(database)) {
      deployment.addBackfill();
      deployment.start(Specs.balances(2));
      Await.until("a range to be filled", () -> !ledger.filled().isEmpty());
      Await.until("a fifth of the rows", () -> ledger.rows() >= rows / 5);
      // The process that fills goes on, unaware, under an epoch that ends with the next start.
      deployment.loseTemporal();

      Migration again = deployment.start(Specs.balances(2));
      again.awaitGate(Gate.READS);

      assertEquals(rows, balances.rightAndTouchedOnce());
      assertEquals(rows, ledger.rows());
    }
  }

  @Test
  void finishedRangesStayAndApprovalsAreAskedForAgain() throws Exception {
    TestDatabase database = TestDatabase.create();
    Ledger ledger = new Ledger(database);
    try (Application application = Application.open(database, 20_000, 7);
        Deployment deployment = Deployment.start(database)) {
      deployment.addBackfill();
      Migration first = deployment.start(Specs.orders());
      first.pass(Gate.READS, "ana@example.com");
      first.awaitGate(Gate.WRITES);
      List<String> filled = ledger.filled();
      assertFalse(filled.isEmpty());
      deployment.loseTemporal();

      Migration again = deployment.start(Specs.orders());
      assertEquals(0, again.awaitGate(Gate.READS).reconciliation().differences());
      assertEquals(filled, ledger.filled());
      assertTrue(again.decisions().isEmpty());

      again.pass(Gate.READS, "ana@example.com");
      again.pass(Gate.WRITES, "ana@example.com");
      again.awaitGate(Gate.CONTRACT);
      application.stop();
      assertEquals(application.journal(), application.rows(Shape.NEW));
      assertTrue(application.errors().isEmpty(), () -> application.errors().toString());
    }
  }
}
