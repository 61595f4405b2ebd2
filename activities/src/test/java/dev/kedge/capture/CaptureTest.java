package dev.kedge.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;

final class CaptureTest {
  private static final String OURS =
      """
      SELECT count(*) FROM (
        SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'kedge'::regnamespace
        UNION ALL SELECT relname FROM pg_class
          WHERE relnamespace = 'kedge'::regnamespace AND relname LIKE 'log%'
        UNION ALL SELECT 'row' FROM kedge.range
        UNION ALL SELECT 'row' FROM kedge.lease
        UNION ALL SELECT 'row' FROM kedge.tail) x""";

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  @BeforeEach
  void tables() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, at timestamptz, d date);
        CREATE TABLE b (id int PRIMARY KEY, at timestamptz, d date);
        INSERT INTO a SELECT i, '2024-01-01 23:30Z' FROM generate_series(1, 5) i""");
  }

  @Test
  void theDarkTargetRefusesWritesWithAHint() throws SQLException {
    start();

    for (String statement :
        List.of(
            "INSERT INTO b VALUES (1)",
            "UPDATE b SET id = 1",
            "DELETE FROM b",
            "TRUNCATE b",
            "SET session_replication_role = replica; DELETE FROM b")) {
      PSQLException refused =
          assertThrows(PSQLException.class, () -> postgres.run(statement), statement);
      assertEquals("KD001", refused.getSQLState());
      assertEquals(
          "write to public.a instead", refused.getServerErrorMessage().getHint(), statement);
    }
  }

  @Test
  void aCascadeIntoTheDarkTargetIsNoErrorOfTheApplication() throws SQLException {
    postgres.run(
        """
        CREATE TABLE parent (id int PRIMARY KEY);
        INSERT INTO parent SELECT generate_series(1, 5);
        ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE;
        ALTER TABLE b ADD FOREIGN KEY (id) REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE;
        CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          DELETE FROM b WHERE id = OLD.id;
          RETURN NULL;
        END $$""");
    CopyEngine engine = start();
    engine.lane();
    postgres.run("DELETE FROM parent WHERE id = 2; UPDATE parent SET id = 30 WHERE id = 3");
    engine.round();

    assertEquals(
        "1 4 5 30", Fixture.value(postgres, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM b"));
    postgres.run(
        "CREATE TRIGGER meddle AFTER DELETE ON parent FOR EACH ROW EXECUTE FUNCTION meddle()");
    PSQLException refused =
        assertThrows(PSQLException.class, () -> postgres.run("DELETE FROM parent WHERE id = 4"));
    assertEquals("KD001", refused.getSQLState());
  }

  @Test
  void aRoleWithoutRightsInAnotherTimeZoneIsCaptured() throws SQLException {
    CopyEngine engine =
        CopyEngine.start(
            postgres,
            CopyMove.of(postgres, "a", "b").column("d", "(at AT TIME ZONE 'UTC')::date").plan(1));
    engine.lane();
    postgres.run(
        """
        DROP ROLE IF EXISTS plain;
        CREATE ROLE plain LOGIN;
        GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON a TO plain""");
    try (Connection application = postgres.connectAs("plain")) {
      Sql sql = new Sql(application);
      sql.execute("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY'; SET search_path = ''");
      sql.execute("INSERT INTO public.a VALUES (10, '2024-06-01 01:00+09')");
      sql.execute("UPDATE public.a SET id = 11 WHERE id = 1; DELETE FROM public.a WHERE id = 2");
    }
    engine.round();

    assertEquals("2024-05-31", Fixture.value(postgres, "SELECT d FROM b WHERE id = 10"));
    assertEquals(
        "3 4 5 10 11",
        Fixture.value(postgres, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM b"));
    postgres.run("DROP OWNED BY plain; DROP ROLE plain");
  }

  @Test
  void operatorsAndTypesOnTheApplicationsPathMeanNothingToCapture() throws SQLException {
    start();

    postgres.run(
        """
        CREATE SCHEMA liar;
        CREATE FUNCTION liar.ne(text, text) RETURNS boolean LANGUAGE internal AS 'textne';
        CREATE FUNCTION liar.eq(text, text) RETURNS boolean LANGUAGE internal AS 'texteq';
        CREATE FUNCTION liar.same(record, record) RETURNS boolean
          LANGUAGE internal AS 'record_image_eq';
        CREATE OPERATOR liar.= (FUNCTION = liar.ne, LEFTARG = text, RIGHTARG = text);
        CREATE OPERATOR liar.<> (FUNCTION = liar.eq, LEFTARG = text, RIGHTARG = text);
        CREATE OPERATOR liar.*<> (FUNCTION = liar.same, LEFTARG = record, RIGHTARG = record);
        CREATE TYPE liar.record AS (x int);
        CREATE FUNCTION liar.current_setting(text, boolean) RETURNS text
          LANGUAGE sql AS $$ SELECT 'm' $$;
        SET search_path = liar, pg_catalog, public;
        UPDATE a SET id = 7 WHERE id = 3;
        UPDATE a SET d = now() WHERE id = 4;
        DELETE FROM a WHERE id = 5;
        INSERT INTO a VALUES (6)""");

    assertEquals(
        "3 4 5 6 7",
        Fixture.value(postgres, "SELECT string_agg(k1::text, ' ' ORDER BY k1) FROM kedge.log_1_1"));
  }

  @Test
  void bothKeysAreLoggedOnAChangeAndNoneOfASavepointThatRolledBack() throws SQLException {
    start();

    postgres.run(
        """
        BEGIN; SAVEPOINT s; DELETE FROM a WHERE id = 5; ROLLBACK TO s;
        UPDATE a SET id = 7 WHERE id = 3; UPDATE a SET d = now() WHERE id = 4; COMMIT;
        BEGIN; DELETE FROM a WHERE id = 1; ROLLBACK;
        SET session_replication_role = replica; DELETE FROM a WHERE id = 2""");

    assertEquals(
        "2 3 4 7",
        Fixture.value(postgres, "SELECT string_agg(k1::text, ' ' ORDER BY k1) FROM kedge.log_1_1"));
  }

  @Test
  void ourOwnWritesAreNotCaptured() throws SQLException {
    start();

    postgres.run("SET kedge.applier = 'm'; DELETE FROM a WHERE id = 1; INSERT INTO b VALUES (1)");
    postgres.run("SET kedge.applier = 'another'; DELETE FROM a WHERE id = 2");

    assertEquals(
        "2", Fixture.value(postgres, "SELECT string_agg(k1::text, ' ') FROM kedge.log_1_1"));
  }

  @Test
  void disabledAndEnabledAgainIsNoticedByName() throws SQLException {
    CopyEngine engine = start();
    engine.lane();
    engine.round();
    for (String back : List.of("ENABLE TRIGGER USER", "ENABLE ALWAYS TRIGGER USER_")) {
      postgres.run("ALTER TABLE a DISABLE TRIGGER USER; DELETE FROM a WHERE id = 3");
      postgres.run(
          back.endsWith("_")
              ? "ALTER TABLE a ENABLE ALWAYS TRIGGER kedge_capture_1_1"
              : "ALTER TABLE a " + back);

      ApplicationFailure failure = assertThrows(ApplicationFailure.class, engine::round);

      assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
      assertTrue(failure.getOriginalMessage().contains("kedge_capture_1_1 on public.a"));
    }
  }

  @Test
  void aReplacedTriggerIsNoticed() throws SQLException {
    CopyEngine engine = start();
    engine.lane();
    postgres.run(
        """
        CREATE OR REPLACE TRIGGER kedge_capture_1_1 AFTER INSERT OR UPDATE OR DELETE ON a
        FOR EACH ROW EXECUTE FUNCTION kedge.capture_1_1()""");

    assertEquals(
        Failures.CATALOG_DIFFERS, assertThrows(ApplicationFailure.class, engine::round).getType());
  }

  @Test
  void installedTwiceItIsThereOnce() throws SQLException {
    CopyEngine engine = start();
    String before = Fixture.value(postgres, OURS);

    engine.capture().installCapture(engine.scope());

    assertEquals(before, Fixture.value(postgres, OURS));
  }

  @Test
  void twoMovesShareASource() throws SQLException {
    postgres.run("CREATE TABLE c (id int PRIMARY KEY, d date)");
    CopyEngine engine = start();
    MovePlan second = CopyMove.of(postgres, "a", "c").plan(2);
    MoveScope other = new MoveScope(engine.scope().scope(), second);
    engine.capture().installCapture(other);

    postgres.run("DELETE FROM a WHERE id = 1");

    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM kedge.log_1_1"));
    assertEquals("1", Fixture.value(postgres, "SELECT count(*) FROM kedge.log_1_2"));
    engine.capture().removeCapture(other);
    postgres.run("DELETE FROM a WHERE id = 2");
    assertEquals("2", Fixture.value(postgres, "SELECT count(*) FROM kedge.log_1_1"));
  }

  @Test
  void nothingIsLeftAfterRemovalWhereverAnEarlierOneStopped() throws SQLException {
    List<String> crashes =
        List.of(
            "",
            "DROP TRIGGER kedge_capture_1_1 ON a",
            "DROP TRIGGER kedge_capture_1_1 ON a; DROP TRIGGER kedge_capture_1_1_t ON a;"
                + " DROP TRIGGER kedge_guard_1_1 ON a; DROP FUNCTION kedge.capture_1_1()",
            "DROP TABLE kedge.log_1_1",
            "DROP TABLE b",
            "DROP TABLE a");
    CopyEngine engine = start();
    for (String crash : crashes) {
      postgres.run(crash);
      engine.capture().removeCapture(engine.scope());
      assertEquals("0", Fixture.value(postgres, OURS), crash);
      postgres.run(
          """
          UPDATE kedge.step SET state = 'undone';
          CREATE TABLE IF NOT EXISTS public.a (id int PRIMARY KEY, at timestamptz, d date);
          CREATE TABLE IF NOT EXISTS public.b (id int PRIMARY KEY, at timestamptz, d date)""");
      engine.capture().installCapture(engine.scope());
    }
  }

  @Test
  void aSupersededInstallerInstallsNothing() throws SQLException {
    MovePlan move = CopyMove.of(postgres, "a", "b").plan(1);
    MoveScope zombie = Fixture.register(postgres, "m", move);
    Fixture.bump(postgres, zombie.scope());

    ApplicationFailure failure =
        assertThrows(
            ApplicationFailure.class,
            () ->
                new PostgresCaptureActivities(postgres.databases(), (d, r) -> {}, (d, r) -> {})
                    .installCapture(zombie));

    assertEquals(Failures.FENCED, failure.getType());
    assertEquals("0", Fixture.value(postgres, OURS));
  }

  @Test
  void aTargetWithRowsIsRefused() throws SQLException {
    postgres.run("INSERT INTO b VALUES (77)");

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, this::start);

    assertEquals(Failures.REFUSED, failure.getType());
    assertTrue(failure.getOriginalMessage().contains("has rows already"));
  }

  @Test
  void keysThatAreOrderedDifferentlyAreRefused() throws SQLException {
    postgres.run(
        """
        CREATE TABLE s (id text COLLATE "C" PRIMARY KEY);
        CREATE TABLE t (id text COLLATE "POSIX" PRIMARY KEY)""");
    MovePlan move = CopyMove.of(postgres, "s", "t").plan(1);

    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> CopyEngine.start(postgres, move));

    assertTrue(failure.getOriginalMessage().contains("pg_catalog.POSIX"));
  }

  @Test
  void everyTableOfOursHasAPrimaryKey() throws SQLException {
    start();

    assertEquals(
        "0",
        Fixture.value(
            postgres,
            """
            SELECT count(*) FROM pg_class c
            WHERE relnamespace = 'kedge'::regnamespace AND relkind = 'r' AND NOT EXISTS (
              SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"""));
  }

  private CopyEngine start() throws SQLException {
    return CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").plan(1));
  }
}
