package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InPlaceSwitchTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void handingOverTwiceSwitchesOnce() throws SQLException {
    MoveScope move = install();

    HandoverResult first = cutover.handOver(postgres.database(), move);
    HandoverResult second = cutover.handOver(postgres.database(), move);

    assertTrue(first.switched());
    assertEquals(1, first.attempts());
    assertFalse(second.switched());
    assertEquals("new, BOTH", side());
  }

  @Test
  void itGoesBackAndForthAsOftenAsAsked() throws SQLException {
    MoveScope move = install();
    for (int i = 0; i < 2; i++) {
      assertTrue(cutover.handOver(postgres.database(), move).switched());
      assertEquals("new, BOTH", side());
      assertTrue(cutover.handBack(postgres.database(), move).switched());
      assertEquals("old, FILL", side());
    }
    capture.check(postgres.database(), move);
  }

  @Test
  void handingBackWhatWasNeverHandedOverChangesNothing() throws SQLException {
    MoveScope move = install();

    assertFalse(cutover.handBack(postgres.database(), move).switched());

    assertEquals("old, FILL", side());
    assertTrue(cutover.handOver(postgres.database(), move).switched());
  }

  @Test
  void itWaitsForAWriterWithoutQueueingBeforeOthers() throws Exception {
    MoveScope move = install();
    try (Connection writer = postgres.connect()) {
      writer.setAutoCommit(false);
      new Sql(writer).execute("UPDATE users SET username = 'ANN' WHERE id = 1");

      Future<HandoverResult> handover =
          threads.submit(() -> cutover.handOver(postgres.database(), move));
      Await.until(
          () -> {
            assertEquals("0", queued());
            return !Fixture.value(postgres, "SELECT blocked FROM kedge.move").equals("null");
          });
      writer.commit();

      assertTrue(handover.get().switched());
      assertTrue(handover.get().attempts() > 1);
      assertEquals("new, BOTH", side());
      assertEquals("ann", Fixture.value(postgres, "SELECT handle FROM users WHERE id = 1"));
    }
  }

  @Test
  void aPreparedTransactionIsWaitedForWithoutQueueingAnybody() throws Exception {
    MoveScope move = install();
    try (Connection writer = postgres.connect()) {
      writer.setAutoCommit(false);
      new Sql(writer)
          .execute("UPDATE users SET username = 'ANN' WHERE id = 1; PREPARE TRANSACTION 'switch'");
    }
    Future<HandoverResult> handover =
        threads.submit(() -> cutover.handOver(postgres.database(), move));
    try {
      Await.until(
          () -> {
            assertEquals("0", queued());
            postgres.run("SET lock_timeout = 1000; UPDATE users SET username = 'Bob' WHERE id = 2");
            return !Fixture.value(postgres, "SELECT blocked FROM kedge.move").equals("null");
          });
    } finally {
      postgres.run("COMMIT PREPARED 'switch'");
    }

    assertTrue(handover.get().switched());
    assertEquals("new, BOTH", side());
    assertEquals("ann", Fixture.value(postgres, "SELECT handle FROM users WHERE id = 1"));
  }

  @Test
  void aDisabledTriggerStopsTheHandover() throws SQLException {
    MoveScope move = install();
    postgres.run("ALTER TABLE users DISABLE TRIGGER USER");
    postgres.run("ALTER TABLE users ENABLE ALWAYS TRIGGER zzzz_kedge_fill_1_1");

    refused(Failures.CATALOG_DIFFERS, move);

    assertEquals("old, FILL", side());
  }

  @Test
  void anUnfinishedRangeStopsTheHandover() throws SQLException {
    MoveScope move = install();
    postgres.run(
        "INSERT INTO kedge.range (migration, move, range, epoch, state) VALUES (1, 1, 1, 1,"
            + " 'open')");

    refused(Failures.REFUSED, move);

    assertEquals("old, FILL", side());
  }

  @Test
  void aRowInQuarantineStopsTheHandover() throws SQLException {
    MoveScope move = install();
    postgres.run(
        "INSERT INTO kedge.quarantine (migration, move, key, sqlstate, words)"
            + " SELECT id, 1, '{2}', '22P02', 'w' FROM kedge.migration");

    refused(Failures.REFUSED, move);

    assertEquals("old, FILL", side());
    postgres.run("DELETE FROM kedge.quarantine");
    assertTrue(cutover.handOver(postgres.database(), move).switched());
  }

  @Test
  void anEpochThatIsOverStopsTheHandover() throws SQLException {
    MoveScope move = install();
    Fixture.bump(postgres, move.scope());

    refused(Failures.FENCED, move);

    assertEquals("old, FILL", side());
  }

  private String queued() throws SQLException {
    return Fixture.value(
        postgres, "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted");
  }

  private void refused(String type, MoveScope move) {
    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> cutover.handOver(postgres.database(), move));
    assertEquals(type, failure.getType());
  }

  private MoveScope install() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users VALUES (1, 'Ann', 'ann'), (2, 'Bob', 'bob')""");
    MoveScope move =
        InPlaceMove.of(postgres, "users")
            .column("handle", "lower(username)")
            .reverse("username", "handle")
            .register();
    capture.install(postgres.database(), move);
    return move;
  }

  private String side() throws SQLException {
    return Fixture.value(
        postgres,
        """
        SELECT writing || ', ' || (
          SELECT string_agg(upper(split_part(tgname, '_', 3)), ' ')
          FROM pg_trigger
          WHERE tgenabled = 'A')
        FROM kedge.move""");
  }
}
