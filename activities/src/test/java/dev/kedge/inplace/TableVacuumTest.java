package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Filler;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.ledger.Ledger;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.schema.DdlRunner;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What filling leaves behind is cleared away meanwhile, and nobody waits for that. */
@Timeout(120)
final class TableVacuumTest {
  private static final String SLOWLY =
      "SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1; SET vacuum_cost_page_hit = 100";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void makeAccounts() throws SQLException {
    postgres.run(
        """
        CREATE TABLE accounts (id int PRIMARY KEY, balance bigint, balance_cents bigint)
        WITH (autovacuum_enabled = off);
        INSERT INTO accounts SELECT g, g FROM generate_series(1, 5000) g;
        ANALYZE accounts""");
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void onceEnoughIsFilledAndNotTwice() throws Exception {
    Ledger ledger = filled();
    try (TableVacuum vacuum = vacuum(ledger, 5_001, TableVacuum.POLITE)) {
      assertFalse(vacuum.vacuumWhenDue());
    }
    try (TableVacuum vacuum = vacuum(ledger, 5_000, TableVacuum.POLITE)) {
      assertTrue(vacuum.vacuumWhenDue());
      assertFalse(vacuum.vacuumWhenDue());
    }
    // The place of the rows that were filled is free: as many more find room in it.
    String size = value("SELECT pg_relation_size('accounts')");
    postgres.run("UPDATE accounts SET balance = balance WHERE id <= 4000");
    assertEquals(size, value("SELECT pg_relation_size('accounts')"));
  }

  @Test
  void notUnderAnEpochThatIsOver() throws Exception {
    Ledger ledger = filled();
    Fixture.bump(postgres, ledger.scope().scope());
    try (TableVacuum vacuum = vacuum(ledger, 1, TableVacuum.POLITE)) {
      assertFalse(vacuum.vacuumWhenDue());
    }
  }

  @Test
  void givesWayToWhoeverWaitsForItsLock() throws Exception {
    Ledger ledger = filled();
    try (TableVacuum vacuum = vacuum(ledger, 1, SLOWLY)) {
      Future<Boolean> vacuuming = threads.submit(vacuum::vacuumWhenDue);
      Await.until(() -> value(RUNNING).equals("1"));
      vacuum.giveWay();
      assertEquals("1", value(RUNNING), "nobody waits yet");
      Future<?> waiter =
          threads.submit(
              () -> {
                postgres.run("ALTER TABLE accounts ALTER balance SET STATISTICS 50");
                return "";
              });
      Await.until(() -> value(WAITING).equals("1"));

      vacuum.giveWay();

      assertFalse(vacuuming.get());
      waiter.get();
    }
  }

  @Test
  void endsWithTheTurn() throws Exception {
    Ledger ledger = filled();
    TableVacuum vacuum = vacuum(ledger, 1, SLOWLY);
    Future<Boolean> vacuuming = threads.submit(vacuum::vacuumWhenDue);
    Await.until(() -> value(RUNNING).equals("1"));

    vacuum.close();

    assertFalse(vacuuming.get());
  }

  @Test
  void goesOnBesideALane() throws Exception {
    fill(captured(), new InPlaceFiller());
    assertEquals(
        "5000", value("SELECT count(*) FROM accounts WHERE balance_cents = balance * 100"));
  }

  private static final String RUNNING =
      "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'accounts'::regclass";

  private static final String WAITING =
      "SELECT count(*) FROM pg_locks WHERE relation = 'accounts'::regclass AND NOT granted";

  private TableVacuum vacuum(Ledger ledger, long least, String manners) {
    return new TableVacuum(postgres.database(), ledger, least, manners);
  }

  private Ledger filled() throws SQLException {
    MoveScope move = captured();
    fill(move, new InPlaceFiller());
    return Ledger.open(postgres.database(), move);
  }

  private MoveScope captured() throws SQLException {
    MoveScope move =
        InPlaceMove.of(postgres, "accounts").column("balance_cents", "balance * 100").register();
    InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
    new PostgresCaptureActivities(postgres.databases(), capture::install, capture::remove)
        .installCapture(move);
    return move;
  }

  private void fill(MoveScope move, Filler filler) {
    assertEquals(
        Outcome.DONE,
        new PostgresBackfillActivities(postgres.databases(), filler)
            .fillRanges(new LaneRequest(move, 1, Duration.ofMinutes(1)))
            .outcome());
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
