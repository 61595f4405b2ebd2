package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Gate;
import dev.kedge.workflow.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two tables become one, and an application that writes both in one transaction is let through. */
@Execution(ExecutionMode.CONCURRENT)
final class UnionTest {
  private static final int ROWS = 20_000;
  private static final String ANA = "ana@example.com";
  private static final List<String> OLD =
      List.of(
          "UPDATE phones SET number = number || '1' WHERE id = %d",
          "UPDATE mails SET address = address || '1' WHERE id = %d");
  private static final List<String> NEW =
      List.of(
          "UPDATE contacts SET value = value || '1' WHERE kind = 'phone' AND id = %d",
          "UPDATE contacts SET value = value || '1' WHERE kind = 'mail' AND id = %d");

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong commits = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();
  private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();

  UnionTest() {}

  @Test
  void bothTablesHandOverInOneTransactionAndComeBackInOne() throws Exception {
    TestDatabase database = TestDatabase.create();
    database.run(
        """
        CREATE TABLE phones (id bigint PRIMARY KEY, number text NOT NULL);
        CREATE TABLE mails (id bigint PRIMARY KEY, address text NOT NULL);
        INSERT INTO phones SELECT n, 'p' FROM generate_series(1, %d) AS n;
        INSERT INTO mails SELECT n, 'm' FROM generate_series(1, %d) AS n;
        ANALYZE phones, mails"""
            .formatted(ROWS, ROWS));
    try (Deployment deployment = Deployment.start(database)) {
      deployment.addBackfill();
      Thread application = start(database);
      Migration migration = deployment.start(Specs.contacts());
      migration.pass(Gate.READS, ANA);
      migration.pass(Gate.WRITES, ANA);
      migration.awaitGate(Gate.CONTRACT);
      awaitMore();

      assertEquals(List.of(), List.copyOf(errors));
      assertEquals(1, refusals.get());
      assertEquals(List.of("new"), database.texts("SELECT DISTINCT writing FROM kedge.move"));
      assertEquals(
          1,
          database.number(
              "SELECT count(DISTINCT xmin::text) FROM pg_trigger WHERE tgname LIKE 'kedge_guard%'"));
      // Two letters a transaction, beside the one each row began with.
      assertEquals(
          2L * ROWS + 2 * stop(application),
          database.number("SELECT sum(length(value)) FROM contacts"));

      migration.signal("rollback");
      migration.awaitState(State.ROLLED_BACK);
      database.run(OLD.get(0).formatted(1) + "; " + OLD.get(1).formatted(1));
    }
  }

  private Thread start(TestDatabase database) {
    Thread thread = new Thread(() -> write(database), "application");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private long stop(Thread application) throws InterruptedException {
    stopped.set(true);
    application.join(20_000);
    return commits.get();
  }

  private void awaitMore() throws Exception {
    long now = commits.get();
    Await.until("more commits", () -> commits.get() > now + 10 || !errors.isEmpty());
  }

  private void write(TestDatabase database) {
    boolean newer = false;
    int refused = 0;
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int key = 1; !stopped.get(); key = key % ROWS + 1) {
        try {
          for (String each : newer ? NEW : OLD) {
            statement.execute(each.formatted(key));
          }
          connection.commit();
          commits.incrementAndGet();
          refused = 0;
          Thread.sleep(1);
        } catch (SQLException e) {
          connection.rollback();
          assertTrue("KD001".equals(e.getSQLState()), e.getMessage());
          refusals.incrementAndGet();
          newer = !newer;
          if (++refused > 1) {
            errors.add("both sides refused: " + e.getMessage());
          }
        }
      }
    } catch (SQLException | InterruptedException | AssertionError e) {
      errors.add(String.valueOf(e.getMessage()));
    }
  }
}
