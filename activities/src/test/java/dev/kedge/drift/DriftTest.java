package dev.kedge.drift;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.ReconcileActivities.SealRequest;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.cutover.PostgresTailActivities;
import dev.kedge.inplace.InPlaceCapture;
import dev.kedge.inplace.InPlaceMove;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.reconcile.PostgresReconcileActivities;
import dev.kedge.registry.Plans;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Gate;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody else does to the tables of a copy while it runs, each named. */
final class DriftTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  DriftTest() {}

  private CopyEngine start() throws SQLException {
    postgres.run(
        """
        CREATE TABLE country (code text PRIMARY KEY);
        CREATE TABLE a (id int PRIMARY KEY, v text NOT NULL, n numeric(10, 2) CHECK (n > 0),
          c text REFERENCES country, e text, note text, UNIQUE (e));
        CREATE UNIQUE INDEX a_note ON a (note);
        CREATE TABLE b (id int PRIMARY KEY, v text NOT NULL, n numeric(10, 2) CHECK (n > 0),
          c text REFERENCES country, e text, note text, UNIQUE (e));
        CREATE TABLE child (id int PRIMARY KEY, b int);
        CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER own BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION own();
        INSERT INTO a SELECT i, 'v', 1, NULL, i::text FROM generate_series(1, 100) i""");
    return CopyEngine.start(postgres, CopyMove.of(postgres, "a", "b").reversed().plan(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE a ADD COLUMN more int                  | public.a: column more was added: integer
          ALTER TABLE a DROP COLUMN note                     | public.a: column note was dropped
          ALTER TABLE a ALTER COLUMN n TYPE numeric(12, 4)   | public.a: column n was numeric(10,2) and is numeric(12,4)
          ALTER TABLE a ALTER COLUMN v TYPE varchar(9)       | public.a: column v was text NOT NULL and is character varying(9) NOT NULL
          ALTER TABLE a ALTER COLUMN v DROP NOT NULL         | public.a: column v was text NOT NULL and is text
          ALTER TABLE a ALTER COLUMN v TYPE text COLLATE "C" | public.a: column v was text NOT NULL and is text COLLATE "C" NOT NULL
          ALTER TABLE a RENAME COLUMN v TO w                 | public.a: column v was dropped
          ALTER TABLE a DROP COLUMN note, ADD COLUMN note text | public.a: column note was dropped and made again
          ALTER TABLE a DROP CONSTRAINT a_n_check            | public.a: constraint a_n_check was dropped
          ALTER TABLE a DROP CONSTRAINT a_n_check, ADD CONSTRAINT a_n_check CHECK (n > 0) NOT VALID | public.a: constraint a_n_check is not valid any more
          ALTER TABLE a DROP CONSTRAINT a_n_check, ADD CONSTRAINT a_n_check CHECK (n > 1) NOT VALID | public.a: constraint a_n_check was changed from
          ALTER TABLE a DROP CONSTRAINT a_c_fkey             | public.a: constraint a_c_fkey was dropped
          ALTER TABLE a DROP CONSTRAINT a_e_key              | public.a: constraint a_e_key was dropped
          DROP INDEX a_note                                  | public.a: unique index a_note was dropped
          UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_note'::regclass | public.a: unique index a_note is not valid any more
          ALTER TABLE a ENABLE ROW LEVEL SECURITY            | public.a: row security was off and is on
          ALTER TABLE a RENAME TO z                          | public.a is gone, or has another name
          ALTER TABLE a RENAME TO z; CREATE TABLE public.a (LIKE z INCLUDING ALL) | public.a is another table than it was
          ALTER TABLE b ADD COLUMN more int                  | public.b: column more was added: integer
          ALTER TABLE b ALTER COLUMN n TYPE numeric(8, 1)    | public.b: column n was numeric(10,2) and is numeric(8,1)
          ALTER TABLE b DROP COLUMN note                     | public.b: column note was dropped
          ALTER TABLE b ADD CHECK (n < 7)                    | public.b: constraint b_n_check1 was added
          ALTER TABLE b DROP CONSTRAINT b_n_check            | public.b: constraint b_n_check was dropped
          CREATE UNIQUE INDEX b_note ON b (note)             | public.b: unique index b_note was added
          ALTER TABLE b DISABLE TRIGGER own                  | public.b: trigger own was enabled and is disabled
          DROP TRIGGER own ON b                              | public.b: trigger own was dropped
          CREATE TRIGGER two AFTER DELETE ON b FOR EACH ROW EXECUTE FUNCTION own() | public.b: trigger two was added
          CREATE RULE r AS ON INSERT TO b DO ALSO NOTHING    | public.b: rule r was added
          ALTER TABLE child ADD FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE | public.b: reference public.child child_b_fkey was added
          ALTER TABLE b SET UNLOGGED                         | public.b: persistence was logged and is unlogged
          DROP TABLE b                                       | public.b is gone, or has another name
          """)
  void whatMayMakeDataWrongIsNamed(String statements, String words) throws SQLException {
    CopyEngine engine = start();
    assertDoesNotThrow(() -> check(engine.scope()));
    postgres.run(statements);
    ApplicationFailure failure =
        assertThrows(ApplicationFailure.class, () -> check(engine.scope()));
    assertEquals(Failures.CATALOG_DIFFERS, failure.getType());
    assertTrue(failure.isNonRetryable());
    assertTrue(failure.getOriginalMessage().contains(words), failure.getOriginalMessage());
    assertTrue(failure.getOriginalMessage().contains("\nhelp: "), failure.getOriginalMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX ON a (n)",
        "CREATE INDEX ON b (n)",
        "ALTER TABLE a ADD CHECK (n < 1000000)",
        "CREATE UNIQUE INDEX ON a (v, id)",
        "ALTER TABLE a ALTER COLUMN v SET DEFAULT 'x'",
        "COMMENT ON TABLE a IS 'mine'",
        "ANALYZE a",
        "ALTER TABLE a SET (fillfactor = 70)",
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION own()",
        "ALTER TABLE child ADD FOREIGN KEY (b) REFERENCES a",
        "CREATE TABLE c (LIKE a INCLUDING ALL)",
        "GRANT SELECT ON a TO PUBLIC",
        "REINDEX TABLE a"
      })
  void whatIsNoHarmStopsNothing(String statement) throws SQLException {
    CopyEngine engine = start();
    postgres.run(statement);
    assertDoesNotThrow(() -> check(engine.scope()));
  }

  @Test
  void ourOwnPhasesAreNoDrift() throws Exception {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text, w text);
        CREATE TABLE b (id int PRIMARY KEY, v text, w text UNIQUE);
        CREATE UNIQUE INDEX b_v ON b (v, id);
        INSERT INTO a SELECT i, 'v', i::text FROM generate_series(1, 100) i""");
    MoveScope scope =
        Fixture.register(postgres, "m", CopyMove.of(postgres, "a", "b").reversed().plan(1));
    CopyEngine any = CopyEngine.of(postgres, scope);
    any.activities().deferIndexes(scope);
    any.capture().installCapture(scope);
    check(scope);
    any.lane();
    any.round();
    check(scope);
    Concurrently<String> restore =
        Concurrently.start(
            () -> {
              any.activities().restoreIndexes(scope);
              return "";
            });
    while (!restore.isDone()) {
      any.round();
    }
    restore.result();
    check(scope);
    any.capture().removeCapture(scope);
    postgres.run("ALTER TABLE a ADD COLUMN later int");
    check(scope);
  }

  private MoveScope startInPlace() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, v text NOT NULL, w text, n int CHECK (n > 0));
        CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER own BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION own();
        INSERT INTO a SELECT i, 'V' FROM generate_series(1, 100) i""");
    MoveScope scope = InPlaceMove.of(postgres, "a").column("w", "lower(v)").register();
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), scope);
    return scope;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE a ALTER COLUMN n TYPE bigint      | public.a: column n was integer and is bigint
          ALTER TABLE a DROP COLUMN n                   | public.a: column n was dropped
          ALTER TABLE a DROP CONSTRAINT a_n_check       | public.a: constraint a_n_check was dropped
          ALTER TABLE a DISABLE TRIGGER own             | public.a: trigger own was enabled and is disabled
          CREATE TRIGGER b AFTER UPDATE ON a FOR EACH ROW EXECUTE FUNCTION own() | public.a: trigger b was added
          """)
  void aTableFilledInPlaceIsLookedAfterToo(String statement, String words) throws SQLException {
    MoveScope scope = startInPlace();
    postgres.run("ALTER TABLE a ADD COLUMN more int; ALTER TABLE a ADD CHECK (n < 1000)");
    assertDoesNotThrow(() -> check(scope), "nothing is lost there");
    postgres.run(statement);
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> check(scope));
    assertTrue(failure.getOriginalMessage().contains(words), failure.getOriginalMessage());
    assertDiffers(
        words, () -> new PostgresReconcileActivities(postgres.databases()).compareMove(scope));
  }

  @Test
  void captureThatIsInstalledAnewTakesNothingBack() throws SQLException {
    MoveScope scope = startInPlace();
    postgres.run("ALTER TABLE a ALTER COLUMN n TYPE bigint; ALTER TABLE a DISABLE TRIGGER ALL");
    new InPlaceCapture(new DdlRunner()).install(postgres.database(), scope);
    assertThrows(ApplicationFailure.class, () -> check(scope));
    new InPlaceCapture(new DdlRunner()).remove(postgres.database(), scope);
    assertDoesNotThrow(() -> check(scope));
  }

  @Test
  void aMoveOfAnEarlierReleaseIsLeftAlone() throws SQLException {
    CopyEngine engine = start();
    postgres.run("UPDATE kedge.move SET shape = NULL; ALTER TABLE a ADD COLUMN more int");
    assertDoesNotThrow(() -> check(engine.scope()));
  }

  @Test
  void lanesTailsAndComparesStopByNameAndNothingIsSealed() throws SQLException {
    CopyEngine engine = start();
    engine.lane();
    engine.round();
    postgres.run("ALTER TABLE a ADD COLUMN more int");
    MoveScope scope = engine.scope();
    PostgresReconcileActivities reconcile = new PostgresReconcileActivities(postgres.databases());

    assertDiffers(
        () ->
            new PostgresTailActivities(postgres.databases())
                .followTail(new TailRequest(scope, Duration.ofSeconds(20))));
    assertDiffers(() -> reconcile.compareMove(scope));
    assertDiffers(() -> reconcile.compareCaptured(scope));
    plan(scope);
    var evidence =
        reconcile.sealEvidence(new SealRequest(scope.scope(), Gate.READS, "p", List.of()));
    assertFalse(evidence.clean());

    postgres.run("UPDATE kedge.range SET state = 'open', cursor = NULL, applied = NULL");
    assertDiffers(
        () -> engine.activities().fillRanges(new LaneRequest(scope, 1, Duration.ofSeconds(20))));
    postgres.run("ALTER TABLE a DROP COLUMN more");
    assertDoesNotThrow(() -> check(scope), "taken back, it goes on");
  }

  private void plan(MoveScope scope) throws SQLException {
    Plan any = Plans.copy("m", "a", "b");
    Plan plan =
        new Plan(
            Plan.FORM,
            any.planHash(),
            any.spec(),
            any.catalogHash(),
            List.of(scope.move()),
            List.of(),
            List.of(),
            List.of());
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?",
              Payloads.mapper().valueToTree(plan).toString());
    }
  }

  private static void assertDiffers(Executable work) {
    assertDiffers("public.a: column more was added", work);
  }

  private static void assertDiffers(String words, Executable work) {
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, work);
    assertEquals(Failures.CATALOG_DIFFERS, failure.getType(), failure::getOriginalMessage);
    assertTrue(failure.getOriginalMessage().contains(words), failure::getOriginalMessage);
  }

  private void check(MoveScope scope) throws SQLException {
    postgres
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "look"),
            sql -> {
              Drift.check(sql, 1, scope.move());
              return "";
            });
  }
}
