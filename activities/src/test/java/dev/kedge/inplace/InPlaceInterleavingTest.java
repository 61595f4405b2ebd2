package dev.kedge.inplace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.schema.DdlRunner;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the backfill and the triggers do while an application is in the middle of something. */
@Timeout(60)
final class InPlaceInterleavingTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();
  private final InPlaceCapture capture = new InPlaceCapture(new DdlRunner());
  private final InPlaceSwitch cutover = new InPlaceSwitch(new DdlRunner());
  private final InPlaceFiller filler = new InPlaceFiller();
  private final InPlaceFiller patient = new InPlaceFiller(Duration.ofSeconds(20));

  @BeforeEach
  void makeUsers() throws SQLException {
    postgres.run(
        """
        CREATE TABLE users (id int PRIMARY KEY, username text, handle text);
        INSERT INTO users SELECT g, 'User' || g FROM generate_series(1, 20) g""");
  }

  @Test
  void theApplicationIsNeverTheVictimOfADeadlockWithAChunk() throws Exception {
    MoveScope move = captured();
    long deadlocks = deadlocks();
    try (Connection application = begun()) {
      Sql app = new Sql(application);
      app.execute("UPDATE users SET username = 'Seven' WHERE id = 7");
      Concurrently<SQLException> chunk =
          Concurrently.start(
              () -> assertThrows(SQLException.class, () -> fill(roomy(), move, KeyRange.ALL)));
      Concurrently.untilWaiting(postgres, "fill");

      // The chunk has the rows before 7 by now, and waits for 7.
      app.execute("UPDATE users SET username = 'Three' WHERE id = 3");
      application.commit();

      assertEquals("55P03", chunk.result().getSQLState());
    }
    assertEquals(deadlocks, deadlocks());
    fill(patient, move, KeyRange.ALL);
    assertEquals(
        "three seven 0",
        value(
            "SELECT concat_ws(' ', (SELECT handle FROM users WHERE id = 3),"
                + " (SELECT handle FROM users WHERE id = 7), "
                + wrong()
                + ")"));
  }

  @Test
  void aWaitOfAChunkIsShorterThanTheServersPatienceWithDeadlocks() throws Exception {
    MoveScope move = captured();
    String timeout =
        postgres
            .database()
            .inTransaction(
                Transaction.readCommitted("m", "fill"),
                sql -> {
                  sql.execute("SET LOCAL deadlock_timeout = 20");
                  filler.fill(sql, move, KeyRange.ALL);
                  return sql.one("SELECT current_setting('lock_timeout')", row -> row.getString(1));
                });

    assertEquals("10ms", timeout);
  }

  @Test
  void whatTheApplicationRollsBackNeverWas() throws Exception {
    MoveScope move = captured();
    try (Connection application = begun()) {
      new Sql(application)
          .execute(
              "UPDATE users SET username = 'Nobody' WHERE id = 7; DELETE FROM users WHERE id = 8");
      Concurrently<Long> chunk = Concurrently.start(() -> fill(patient, move, KeyRange.ALL));
      Concurrently.untilWaiting(postgres, "fill");
      application.rollback();

      assertEquals(20, chunk.result());
    }
    assertEquals("20 0", value("SELECT count(handle) || ' ' || " + wrong() + " FROM users"));
  }

  @Test
  void aRowDeletedWhileTheChunkWaitsForItStaysAway() throws Exception {
    MoveScope move = captured();
    try (Connection application = begun()) {
      new Sql(application).execute("DELETE FROM users WHERE id = 8");
      Concurrently<Long> chunk = Concurrently.start(() -> fill(patient, move, KeyRange.ALL));
      Concurrently.untilWaiting(postgres, "fill");
      application.commit();

      assertEquals(19, chunk.result());
    }
    assertEquals("19 0", value("SELECT count(handle) || ' ' || " + wrong() + " FROM users"));
  }

  @Test
  void aKeyThatMovesBehindTheCursorTakesItsValueAlong() throws SQLException {
    MoveScope move = captured();
    fill(patient, move, new KeyRange(null, List.of("10")));

    postgres.run("UPDATE users SET id = -3 WHERE id = 15");
    fill(patient, move, new KeyRange(List.of("10"), null));

    assertEquals("user15", value("SELECT handle FROM users WHERE id = -3"));
    assertEquals("0", value("SELECT " + wrong()));
  }

  @Test
  void preparedTransactionsKeepAChunkWaitingNoLongerThanAnybody() throws SQLException {
    MoveScope move = captured();
    try (Connection application = begun()) {
      new Sql(application)
          .execute(
              "UPDATE users SET username = 'Seven' WHERE id = 7; PREPARE TRANSACTION 'inplace-2pc'");
    }
    SQLException error = assertThrows(SQLException.class, () -> fill(roomy(), move, KeyRange.ALL));
    assertEquals("55P03", error.getSQLState());

    postgres.run("COMMIT PREPARED 'inplace-2pc'");
    fill(patient, move, KeyRange.ALL);

    assertEquals("seven", value("SELECT handle FROM users WHERE id = 7"));
    assertEquals("0", value("SELECT " + wrong()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void aSessionOlderThanTheTriggersFillsAllTheSame(String isolation) throws SQLException {
    try (Connection application = begun(isolation);
        PreparedStatement prepared =
            application.prepareStatement("UPDATE users SET username = 'Ann' WHERE id = 1")) {
      MoveScope move = captured();
      prepared.executeUpdate();
      new Sql(application).execute("INSERT INTO users (id, username) VALUES (21, 'Bob')");
      application.commit();

      assertEquals("ann bob", value("SELECT string_agg(handle, ' ' ORDER BY id) FROM users"));
      fill(patient, move, KeyRange.ALL);
    }
    assertEquals("0", value("SELECT " + wrong()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void aSessionOlderThanTheHandoverMakesTheOldSideFollow(String isolation) throws SQLException {
    MoveScope move = captured();
    fill(patient, move, KeyRange.ALL);
    try (Connection application = begun(isolation);
        PreparedStatement prepared =
            application.prepareStatement("UPDATE users SET handle = 'Ann' WHERE id = 1")) {
      assertTrue(cutover.handOver(postgres.database(), move).switched());

      prepared.executeUpdate();
      new Sql(application).execute("INSERT INTO users (id, handle) VALUES (21, 'Bob')");
      application.commit();
    }
    assertEquals(
        "Ann Ann, Bob Bob",
        value(
            "SELECT string_agg(username || ' ' || handle, ', ' ORDER BY id) FROM users WHERE id IN (1, 21)"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
  void aSessionOlderThanTheWayBackWritesTheOldSideAgain(String isolation) throws SQLException {
    MoveScope move = captured();
    fill(patient, move, KeyRange.ALL);
    cutover.handOver(postgres.database(), move);
    try (Connection application = begun(isolation)) {
      cutover.handBack(postgres.database(), move);
      new Sql(application)
          .execute("UPDATE users SET handle = 'lost', username = 'Kept' WHERE id = 1");
      application.commit();
    }
    assertEquals("Kept kept", value("SELECT username || ' ' || handle FROM users WHERE id = 1"));
  }

  @Test
  void untilWritesTheOldColumnWinsWhoeverWrites() throws SQLException {
    captured();

    postgres.run(
        """
        INSERT INTO users VALUES (21, 'Ann', NULL), (22, 'Bob', 'robert'), (23, NULL, 'cid');
        UPDATE users SET username = 'Dan', handle = 'daniel' WHERE id = 1;
        UPDATE users SET handle = 'eve' WHERE id = 2""");

    assertEquals(
        "1 Dan dan, 2 User2 user2, 21 Ann ann, 22 Bob bob, 23 - -", users("1, 2, 21, 22, 23"));
  }

  @Test
  void fromWritesOnTheNewColumnWinsWhereBothAreWritten() throws SQLException {
    MoveScope move = captured();
    fill(patient, move, KeyRange.ALL);
    cutover.handOver(postgres.database(), move);

    postgres.run(
        """
        INSERT INTO users VALUES (21, 'Ann', NULL), (22, 'Bob', 'robert'), (23, NULL, 'cid');
        UPDATE users SET username = 'Dan', handle = 'daniel' WHERE id = 1;
        UPDATE users SET username = 'Eve', handle = handle WHERE id = 2;
        UPDATE users SET username = username, handle = 'Fay' WHERE id = 3""");

    // A version that writes every column again, the other's among them, has not written it.
    assertEquals(
        "1 daniel daniel, 2 Eve eve, 3 Fay Fay, 21 Ann ann, 22 robert robert, 23 cid cid",
        users("1, 2, 3, 21, 22, 23"));
  }

  @Test
  void versionsThatWriteOneRowInTurnAreBothFollowed() throws SQLException {
    MoveScope move = captured();
    fill(patient, move, KeyRange.ALL);
    cutover.handOver(postgres.database(), move);

    postgres.run(
        """
        BEGIN;
        UPDATE users SET username = 'Old' WHERE id IN (1, 2);
        UPDATE users SET handle = 'New' WHERE id = 1;
        UPDATE users SET handle = 'New' WHERE id = 3;
        UPDATE users SET username = 'Old' WHERE id = 3;
        COMMIT""");

    assertEquals("1 New New, 2 Old old, 3 Old old", users("1, 2, 3"));
  }

  @Test
  void versionsThatWriteOneRowAtOnceDoNotLoseTheLaterOne() throws Exception {
    MoveScope move = captured();
    fill(patient, move, KeyRange.ALL);
    cutover.handOver(postgres.database(), move);
    try (Connection old = begun();
        Connection application = postgres.connect()) {
      new Sql(application).execute("SET application_name = 'kedge:m:new'");
      new Sql(old).execute("UPDATE users SET username = 'Old' WHERE id = 1");
      Concurrently<Long> other =
          Concurrently.start(
              () -> new Sql(application).update("UPDATE users SET handle = 'New' WHERE id = 1"));
      Concurrently.untilWaiting(postgres, "new");
      old.commit();
      other.result();
    }
    assertEquals("1 New New", users("1"));
  }

  @Test
  void whatATriggerBeforeOursMakesOfARowIsWhatIsRead() throws SQLException {
    captured();
    postgres.run(
        """
        CREATE FUNCTION public.tidy() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.username := trim(NEW.username); RETURN NEW; END';
        CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON users
          FOR EACH ROW EXECUTE FUNCTION public.tidy();
        UPDATE users SET username = ' Ann ' WHERE id = 1;
        INSERT INTO users (id, username) VALUES (21, ' Bob ')""");

    assertEquals("1 Ann ann, 21 Bob bob", users("1, 21"));
  }

  @Test
  void whatATriggerMakesOfARowThatIsFilledTheNextPassSees() throws SQLException {
    postgres.run(
        """
        UPDATE users SET username = ' Ann ' WHERE id = 1;
        CREATE FUNCTION public.tidy() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.username := trim(NEW.username); RETURN NEW; END';
        CREATE TRIGGER tidy BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.tidy()""");
    MoveScope move = captured();

    assertEquals(20, fill(patient, move, KeyRange.ALL));
    assertEquals(1, fill(patient, move, KeyRange.ALL));
    assertEquals(0, fill(patient, move, KeyRange.ALL));

    assertEquals("1 Ann ann", users("1"));
  }

  @Test
  void aChunkHoldsItsRowLocksNoLongerThanItsBound() throws Exception {
    postgres.run(
        """
        CREATE FUNCTION public.slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
          AS 'BEGIN PERFORM pg_sleep(0.02); RETURN lower($1); END'""");
    MoveScope move =
        InPlaceMove.of(postgres, "users").column("handle", "public.slowly(username)").register();
    capture.install(postgres.database(), move);

    SQLException error = assertThrows(SQLException.class, () -> fill(filler, move, KeyRange.ALL));

    assertEquals("57014", error.getSQLState());
    assertFalse(value("SELECT count(handle) FROM users").equals("20"));
    assertEquals("0", value("SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass"));
  }

  private MoveScope captured() throws SQLException {
    MoveScope move =
        InPlaceMove.of(postgres, "users")
            .column("handle", "lower(username)")
            .reverse("username", "handle")
            .register();
    capture.install(postgres.database(), move);
    return move;
  }

  // Bounded as in production, but with time enough for a busy machine before it waits.
  private static InPlaceFiller roomy() {
    return new InPlaceFiller(Duration.ofMillis(800));
  }

  private long fill(InPlaceFiller with, MoveScope move, KeyRange range) throws SQLException {
    return postgres
        .database()
        .inTransaction(Transaction.readCommitted("m", "fill"), sql -> with.fill(sql, move, range));
  }

  /** A transaction that has its snapshot, and has written nothing. */
  private Connection begun(String isolation) throws SQLException {
    Connection connection = begun();
    Sql sql = new Sql(connection);
    sql.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
    sql.one("SELECT count(*) FROM users", row -> row.getLong(1));
    return connection;
  }

  private Connection begun() throws SQLException {
    Connection connection = postgres.connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private long deadlocks() throws SQLException {
    return Long.parseLong(
        value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
  }

  private static String wrong() {
    return "(SELECT count(*) FROM users WHERE handle IS DISTINCT FROM lower(username))";
  }

  private String users(String ids) throws SQLException {
    return value(
        """
        SELECT string_agg(concat_ws(' ', id, coalesce(username, '-'), coalesce(handle, '-')), ', ' ORDER BY id)
        FROM users
        WHERE id IN (%s)"""
            .formatted(ids));
  }

  private String value(String query) throws SQLException {
    return Fixture.value(postgres, query);
  }
}
