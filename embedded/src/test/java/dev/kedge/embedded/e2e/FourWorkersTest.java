package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** One backfill on four processes, of which three are lost on the way. */
@Execution(ExecutionMode.CONCURRENT)
final class FourWorkersTest {
  private static final int ROWS = 400_000;
  // Three of them have room for nine.
  private static final int LANES = 10;

  @Test
  void allTakePartAndWhoeverIsLostEachRowIsWrittenOnce() throws Exception {
    TestDatabase database = TestDatabase.create();
    Balances balances = Balances.create(database, ROWS);
    List<String> roles = roles(database);
    Ledger ledger = new Ledger(database);
    try (Deployment deployment = Deployment.start(database)) {
      List<BackfillProcess> processes = new ArrayList<>();
      for (String role : roles) {
        processes.add(deployment.addSmallBackfill(role));
      }
      Migration migration = deployment.start(Specs.balances(LANES));
      Await.until("rows of all four", () -> writers(database) == 4);

      long before = ledger.rows();
      processes.get(0).kill();
      processes.get(1).kill();
      assertTrue(ledger.rows() >= before, "what was committed is gone");
      Frozen.inTransaction(processes.get(2), database, roles.get(2));
      assertTrue(ledger.rows() < ROWS, "lost too late to prove anything");

      migration.awaitGate(Gate.READS);
      assertEquals(ROWS, balances.rightAndTouchedOnce());
      assertEquals(ROWS, ledger.rows());
      List<String> turns = ledger.turns();

      processes.get(2).thaw();
      Thread.sleep(4_000);
      assertTrue(processes.get(2).alive());
      assertEquals(ROWS, balances.rightAndTouchedOnce());
      assertEquals(turns, ledger.turns());
    }
  }

  /** One for each process, and every row notes who wrote it. */
  private static List<String> roles(TestDatabase database) throws SQLException {
    List<String> roles = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      String role = "worker_" + i;
      database.run(
          "DO $$ BEGIN IF to_regrole('%s') IS NULL THEN CREATE ROLE %s LOGIN SUPERUSER; END IF; END $$"
              .formatted(role, role));
      roles.add(role);
    }
    database.run(
        """
        ALTER TABLE accounts ADD COLUMN writer text;
        CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.touched := OLD.touched + 1;
          NEW.writer := session_user;
          RETURN NEW;
        END $$""");
    return roles;
  }

  private static long writers(TestDatabase database) throws SQLException {
    return database.number("SELECT count(DISTINCT writer) FROM accounts WHERE touched > 0");
  }
}
