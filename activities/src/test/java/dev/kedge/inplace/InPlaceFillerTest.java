package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.schema.DdlRunner;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InPlaceFillerTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceFiller filler = new InPlaceFiller();
  private final InPlaceFiller patient = new InPlaceFiller(Duration.ofSeconds(20));
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void theColumnThatIsReadStaysAsItIs() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text, untouched text);
        INSERT INTO users SELECT g, 'BobSmith' || g, NULL, 'BobSmith' || g FROM generate_series(1, 50) g""");
    MoveScope move =
        captured(
            InPlaceMove.of(postgres, "users")
                .column("handle", "lower(username)")
                .reverse("username", "handle"));

    assertEquals(50, fill(patient, move, KeyRange.ALL));

    assertEquals(
        "50",
        Fixture.value(
            postgres,
            "SELECT count(*) FROM users WHERE username = untouched AND handle = lower(untouched)"));
  }

  @Test
  void aRowWhoseExpressionIsNullIsDoneAsItIs() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users VALUES (1, 'Ann'), (2, NULL), (3, NULL)""");
    MoveScope move =
        captured(InPlaceMove.of(postgres, "users").column("handle", "lower(username)"));

    assertEquals(1, fill(patient, move, KeyRange.ALL));
    assertEquals(0, fill(patient, move, KeyRange.ALL));
  }

  @Test
  void aChunkEndsWhereItIsTold() throws SQLException {
    postgres.run(
        """
        CREATE TABLE pairs (a text, b numeric, PRIMARY KEY (a, b), twice numeric);
        INSERT INTO pairs (a, b) SELECT 'k' || (g / 10), g FROM generate_series(10, 39) g""");
    MoveScope move = captured(InPlaceMove.of(postgres, "pairs").column("twice", "b * 2"));

    long filled = fill(patient, move, new KeyRange(List.of("k1", "14"), List.of("k3", "32")));

    assertEquals(18, filled);
    assertEquals(
        "15 32",
        Fixture.value(postgres, "SELECT min(b) || ' ' || max(b) FROM pairs WHERE twice > 0"));
  }

  @Test
  void anOperatorSpelledLikeAPlaceholderIsOne() throws SQLException {
    postgres.run(
        """
        CREATE TABLE docs (id int PRIMARY KEY, doc jsonb, has boolean);
        INSERT INTO docs VALUES (1, '{"a": 1}'), (2, '{"b": 1}'), (3, '{"?": 1}')""");
    MoveScope move =
        captured(
            InPlaceMove.of(postgres, "docs")
                .column("has", "doc ? 'a' OR doc ? '?' /* ? */ -- or nothing?"));

    assertEquals(3, fill(patient, move, new KeyRange(List.of("0"), null)));

    assertEquals(
        "true false true",
        Fixture.value(postgres, "SELECT string_agg(has::text, ' ' ORDER BY id) FROM docs"));
  }

  @Test
  void aRowTheApplicationIsChangingIsFilledAsItIsThen() throws Exception {
    MoveScope move = parts();
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application).execute("UPDATE parts SET size = 500 WHERE id = 2");

      Future<Long> chunk = threads.submit(() -> fill(patient, move, KeyRange.ALL));
      awaitWaiting("kedge:m:fill");
      application.commit();

      assertEquals(2, chunk.get());
    }
    assertEquals("10 5000 30", tens());
  }

  @Test
  void aRowTheApplicationChangesAfterTheChunkReadItIsNotPutBack() throws Exception {
    MoveScope move = parts();
    try (Connection application = postgres.connect();
        Connection gate = postgres.connect()) {
      // The chunk has its snapshot and stands before row 2; then the application commits.
      gate.setAutoCommit(false);
      new Sql(gate).execute("SELECT FROM parts WHERE id = 1 FOR UPDATE");
      Future<Long> chunk = threads.submit(() -> fill(patient, move, KeyRange.ALL));
      awaitWaiting("kedge:m:fill");
      new Sql(application).execute("UPDATE parts SET size = 7 WHERE id = 2");
      gate.commit();

      assertEquals(2, chunk.get());
    }
    assertEquals("10 70 30", tens());
  }

  @Test
  void aRowThatSomebodyHoldsIsNotAChunkThatIsTooLarge() throws SQLException {
    MoveScope move = parts();
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application).execute("UPDATE parts SET size = 500 WHERE id = 2");

      InPlaceFiller roomy = new InPlaceFiller(Duration.ofSeconds(2));
      SQLException error = assertThrows(SQLException.class, () -> fill(roomy, move, KeyRange.ALL));

      assertEquals("55P03", error.getSQLState());
    }
  }

  @Test
  void aChunkThatIsTooLargeForItsTimeIsToldApart() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parts (id int PRIMARY KEY, size int, tens int);
        INSERT INTO parts SELECT g, g FROM generate_series(1, 3) g;
        CREATE FUNCTION public.slowly(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
          AS 'BEGIN PERFORM pg_sleep(0.03); RETURN $1 * 10; END'""");
    MoveScope move =
        captured(InPlaceMove.of(postgres, "parts").column("tens", "public.slowly(size)"));

    assertEquals("57014", assertThrows(SQLException.class, () -> all(move)).getSQLState());
  }

  @Test
  void nothingIsFilledWhileTheTriggerIsOff() throws SQLException {
    MoveScope move = parts();
    postgres.run("ALTER TABLE parts DISABLE TRIGGER USER");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> all(move));

    assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
    assertTrue(failure.getOriginalMessage().contains("parts"));
    assertEquals("null", tens());
  }

  private MoveScope parts() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parts (id int PRIMARY KEY, size int, tens int);
        INSERT INTO parts SELECT g, g FROM generate_series(1, 3) g""");
    return captured(InPlaceMove.of(postgres, "parts").column("tens", "size * 10"));
  }

  private String tens() throws SQLException {
    return Fixture.value(postgres, "SELECT string_agg(tens::text, ' ' ORDER BY id) FROM parts");
  }

  private MoveScope captured(InPlaceMove move) throws SQLException {
    MoveScope scope = move.register();
    capture.install(postgres.database(), scope);
    return scope;
  }

  private long all(MoveScope move) throws SQLException {
    return fill(filler, move, KeyRange.ALL);
  }

  private long fill(InPlaceFiller with, MoveScope move, KeyRange range) throws SQLException {
    return postgres
        .database()
        .inTransaction(Transaction.readCommitted("m", "fill"), sql -> with.fill(sql, move, range));
  }

  private void awaitWaiting(String application) throws Exception {
    Await.until(
        () ->
            Fixture.value(
                    postgres,
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = ? AND"
                        + " wait_event_type = 'Lock'",
                    application)
                .equals("1"));
  }
}
