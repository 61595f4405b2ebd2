package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kedge.plan.Phase;
import dev.kedge.spec.Gate;
import dev.kedge.workflow.State;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** From every phase before contract the way back leads to the catalog before the start. */
@Execution(ExecutionMode.CONCURRENT)
final class RollbackTest {
  private static final int ORDERS = 5_000;
  private static final int ENTRIES = 100_000;
  private static final String ANA = "ana@example.com";

  @Test
  void fromTheGateBeforeExpand() throws Exception {
    rollsBack((migration, database) -> migration.awaitGate(Gate.EXPAND));
  }

  @Test
  void fromCaptureThatAWriterKeepsWaiting() throws Exception {
    TestDatabase database = TestDatabase.create();
    try (Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      rollsBack(
          database,
          (migration, same) -> {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO orders VALUES (-1, 1, 1.00, 'never committed')");
            migration.pass(Gate.EXPAND, ANA);
            migration.awaitPhase(Phase.CAPTURE);
          },
          () -> writer.rollback());
    }
  }

  @Test
  void fromTheMiddleOfTheBackfill() throws Exception {
    rollsBack(
        (migration, database) -> {
          migration.pass(Gate.EXPAND, ANA);
          Ledger ledger = new Ledger(database);
          Await.until("rows of the second move", () -> ledger.rows() > ORDERS + 1000);
        });
  }

  @Test
  void fromTheGateBeforeReads() throws Exception {
    rollsBack(
        (migration, database) -> {
          migration.pass(Gate.EXPAND, ANA);
          migration.awaitGate(Gate.READS);
        });
  }

  @Test
  void fromTheGateBeforeWrites() throws Exception {
    rollsBack(
        (migration, database) -> {
          migration.pass(Gate.EXPAND, ANA);
          migration.pass(Gate.READS, ANA);
          migration.awaitGate(Gate.WRITES);
        });
  }

  @Test
  void fromTheGateBeforeContractWhenTheNewSideIsWritten() throws Exception {
    rollsBack(
        (migration, database) -> {
          migration.pass(Gate.EXPAND, ANA);
          migration.pass(Gate.READS, ANA);
          migration.pass(Gate.WRITES, ANA);
          migration.awaitGate(Gate.CONTRACT);
        });
  }

  private static void rollsBack(Walk there) throws Exception {
    rollsBack(TestDatabase.create(), there, () -> {});
  }

  private static void rollsBack(TestDatabase database, Walk there, Release release)
      throws Exception {
    try (Application application = Application.open(database, ORDERS, 99);
        Deployment deployment = Deployment.start(database)) {
      database.run(
          """
          CREATE TABLE ledger_entries (id bigint PRIMARY KEY, cents bigint NOT NULL);
          COMMENT ON TABLE ledger_entries IS 'as it was';
          INSERT INTO ledger_entries SELECT id, id FROM generate_series(1, %d) AS id;
          ANALYZE ledger_entries"""
              .formatted(ENTRIES));
      List<String> before = CatalogDigest.of(database);
      deployment.addBackfill();
      Migration migration = deployment.start(Specs.ordersAndEntries());
      there.walk(migration, database);
      application.awaitMore();

      migration.signal("rollback");
      application.awaitMore();
      release.release();
      migration.awaitState(State.ROLLED_BACK);
      application.awaitMore();
      application.stop();

      assertEquals(List.of(), CatalogDigest.difference(before, CatalogDigest.of(database)));
      assertEquals(Map.of(), application.errors());
      assertEquals(application.journal(), application.rows(Shape.OLD));
    }
  }

  /** The way to where it turns back. */
  interface Walk {
    void walk(Migration migration, TestDatabase database) throws Exception;
  }

  /** Lets go of what was held. */
  interface Release {
    void release() throws Exception;
  }
}
