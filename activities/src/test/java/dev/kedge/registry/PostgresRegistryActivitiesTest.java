package dev.kedge.registry;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.Failures;
import dev.kedge.activity.RegistryActivities.DecisionNote;
import dev.kedge.activity.RegistryActivities.FenceRequest;
import dev.kedge.activity.RegistryActivities.Progress;
import dev.kedge.activity.RegistryActivities.RegisterRequest;
import dev.kedge.activity.RegistryActivities.Registration;
import dev.kedge.activity.RegistryActivities.RegistryEntry;
import dev.kedge.activity.RegistryActivities.StateNote;
import dev.kedge.activity.RegistryActivities.TuneRequest;
import dev.kedge.activity.Scope;
import dev.kedge.plan.Phase;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.progress.MigrationProgress;
import dev.kedge.schema.DdlRunner;
import dev.kedge.spec.Gate;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

final class PostgresRegistryActivitiesTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private PostgresRegistryActivities registry =
      new PostgresRegistryActivities(new Databases(), MigrationProgress::read);

  @BeforeEach
  void activities() throws SQLException {
    registry = new PostgresRegistryActivities(postgres.databases(), MigrationProgress::read);
    postgres.run("CREATE TABLE public.a (id bigint PRIMARY KEY)");
  }

  @Test
  void aMigrationIsRegisteredWithItsMovesAndTables() throws SQLException {
    Registration made = register(Plans.copy("m", "a", "b"));
    assertFalse(made.adopted());
    assertEquals(1, made.epoch());
    assertEquals(List.of(), made.finishedSteps());
    assertEquals(
        "1000", text("SELECT rows_total FROM kedge.move WHERE source_oid = 'public.a'::regclass"));
    assertEquals(
        "a,b", text("SELECT string_agg(table_name, ',' ORDER BY table_name) FROM kedge.owned"));
  }

  @Test
  void theSameMigrationIsAdoptedAtAnEpochOfItsOwn() throws SQLException {
    Scope first = scope(register(Plans.copy("m", "a", "b")).epoch());
    new DdlRunner().run(postgres.database(), first, "expand/applyDdl/1", sql -> "");

    Registration second = register(Plans.copy("m", "a", "b"));

    assertTrue(second.adopted());
    assertEquals(2, second.epoch());
    assertEquals(List.of("expand/applyDdl/1"), second.finishedSteps());
    assertFenced(
        () -> new DdlRunner().run(postgres.database(), first, "expand/applyDdl/2", sql -> ""));
    assertTrue(new DdlRunner().run(postgres.database(), scope(2), "expand/applyDdl/2", sql -> ""));
  }

  @Test
  void ofTwoAdoptersAtOnceOnlyTheLaterMayWrite() {
    register(Plans.copy("m", "a", "b"));
    CompletableFuture<Registration> one =
        CompletableFuture.supplyAsync(() -> register(Plans.copy("m", "a", "b")));
    CompletableFuture<Registration> two =
        CompletableFuture.supplyAsync(() -> register(Plans.copy("m", "a", "b")));
    long earlier = Math.min(one.join().epoch(), two.join().epoch());
    long later = Math.max(one.join().epoch(), two.join().epoch());
    assertEquals(earlier + 1, later);
    assertFenced(() -> new DdlRunner().run(postgres.database(), scope(earlier), "s", sql -> ""));
    assertTrue(runs(later));
  }

  @Test
  void anotherPlanUnderTheSameNameIsRefused() {
    register(Plans.copy("m", "a", "b"));
    Plan other = Plans.copy("m", "a", "b");
    Plan changed =
        new Plan(
            other.form(),
            "sha256:other",
            other.spec(),
            other.catalogHash(),
            other.moves(),
            other.steps(),
            other.refusals(),
            other.warnings());
    assertRefused("KD3003", () -> register(changed));
  }

  @Test
  void aTableOfAnotherUnfinishedMigrationIsRefusedByName() {
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    ApplicationFailure refusal = assertRefused("KD3001", () -> register(Plans.copy("n", "c", "b")));
    assertTrue(refusal.getOriginalMessage().contains("public.b"), refusal.getOriginalMessage());
    assertTrue(refusal.getOriginalMessage().contains("\"m\""), refusal.getOriginalMessage());

    registry.noteState(new StateNote(scope(epoch), Phase.DONE, "completed", null));
    assertFalse(register(Plans.copy("n", "c", "b")).adopted());
  }

  @Test
  void aLedgerOfAnotherServerIsRefused() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    postgres.run("UPDATE kedge.migration SET system_identifier = '7'");
    assertRefused("KD3004", () -> register(Plans.copy("m", "a", "b")));
  }

  @Test
  void afterAFailoverNoStepIsDoneUntilTheSpecIsStartedAgain() throws SQLException {
    long before = register(Plans.copy("m", "a", "b")).epoch();
    ranges();
    postgres.run(
        "UPDATE kedge.migration SET timeline = timeline + 1;"
            + " INSERT INTO kedge.comparison (migration, move, range, run, writing, since)"
            + " SELECT id, 1, 0, 'r', 'old', pg_current_snapshot() FROM kedge.migration");
    assertRefused("KD3004", () -> check(before));

    Registration again = register(Plans.copy("m", "a", "b"));

    assertTrue(again.adopted());
    check(again.epoch());
    assertEquals("0", text("SELECT count(*) FROM kedge.comparison"));
    assertEquals("3", text("SELECT count(*) FROM kedge.range WHERE epoch = " + again.epoch()));
  }

  @Test
  void anEpochIsNotGivenTwiceEvenIfItsBumpWasLost() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    assertEquals(8, fence(7, true));
  }

  private void check(long epoch) {
    try {
      Timeline.check(postgres.database(), scope(epoch));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRoleThatMayNotCreateTheSchemaIsTold() throws SQLException {
    postgres.run(
        "DO $$ BEGIN IF to_regrole('plain') IS NULL THEN CREATE ROLE plain LOGIN; END IF; END $$");
    try (Databases plain = as("plain")) {
      ApplicationFailure refusal =
          assertRefused(
              "KD2201",
              () ->
                  register(
                      new PostgresRegistryActivities(plain, MigrationProgress::read),
                      Plans.copy("m", "a", "b")));
      assertTrue(refusal.getOriginalMessage().contains("GRANT CREATE ON DATABASE"));
    }
  }

  @Test
  void aRoleWithoutRightToCreateUsesWhatAnAdministratorMade() throws SQLException {
    postgres.run(
        "DO $$ BEGIN IF to_regrole('plain') IS NULL THEN CREATE ROLE plain LOGIN; END IF; END $$");
    ControlSchema.ensure(postgres.database());
    postgres.run(
        "GRANT USAGE ON SCHEMA kedge TO plain;"
            + " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kedge TO plain");
    try (Databases plain = as("plain")) {
      assertEquals(
          1,
          register(
                  new PostgresRegistryActivities(plain, MigrationProgress::read),
                  Plans.copy("m", "a", "b"))
              .epoch());
    }
    postgres.run("DROP OWNED BY plain");
  }

  @Test
  void aFenceWaitsForAnOpenChunkAndNothingEarlierCommitsAfterIt() throws Exception {
    register(Plans.copy("m", "a", "b"));
    ranges();
    try (Connection chunk = openChunk();
        Connection late = session("kedge:m:chunk")) {
      CompletableFuture<Long> fence = CompletableFuture.supplyAsync(() -> fence(1, true));
      awaitText(
          "1",
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kedge:m:fence' AND wait_event_type = 'Lock'");
      assertFalse(fence.isDone());
      chunk.commit();

      assertEquals(2, fence.join());
      assertEquals(
          0, new Sql(late).update("UPDATE kedge.range SET turn = turn + 1 WHERE epoch = 1"));
      assertEquals(
          3, new Sql(late).update("UPDATE kedge.range SET turn = turn + 1 WHERE epoch = 2"));
    }
  }

  @Test
  void aTransactionThatHoldsOutIsTerminated() throws Exception {
    register(Plans.copy("m", "a", "b"));
    ranges();
    try (Connection frozen = openChunk()) {
      assertEquals(2, fence(1, true));
      assertThrows(SQLException.class, frozen::commit);
      assertEquals("0", text("SELECT sum(rows) FROM kedge.range"));
    }
  }

  @Test
  void aTransactionWithoutAnyOfTheRowsIsWaitedForToo() throws Exception {
    register(Plans.copy("m", "a", "b"));
    try (Connection build = session("kedge:m:ddl")) {
      new Sql(build).execute("INSERT INTO public.a VALUES (1)");
      assertEquals(2, fence(1, true));
      assertThrows(SQLException.class, build::commit);
      assertEquals("0", text("SELECT count(*) FROM public.a"));
    }
  }

  @Test
  void sessionsOfOthersAreLeftAlone() throws Exception {
    register(Plans.copy("m", "a", "b"));
    try (Connection other = session("kedge:m-2:chunk");
        Connection application = session("app")) {
      new Sql(other).execute("INSERT INTO public.a VALUES (1)");
      new Sql(application).execute("INSERT INTO public.a VALUES (2)");
      fence(1, false);
      other.commit();
      application.commit();
      assertEquals("2", text("SELECT count(*) FROM public.a"));
    }
  }

  @Test
  void aZombieStepThatWakesUpIsRefused() throws Exception {
    register(Plans.copy("m", "a", "b"));
    CompletableFuture<Void> asleep = new CompletableFuture<>();
    CompletableFuture<Boolean> zombie =
        CompletableFuture.supplyAsync(
            () ->
                runs(
                    1,
                    sql -> {
                      sql.execute("CREATE TABLE public.b (id bigint)");
                      asleep.join();
                      return "";
                    }));
    awaitText(
        "1",
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kedge:m:ddl' AND state = 'idle in transaction' AND backend_xid IS NOT NULL");
    fence(1, true);
    asleep.complete(null);
    assertThrows(Exception.class, zombie::join);
    assertEquals("", text("SELECT coalesce(to_regclass('public.b')::text, '')"));
    assertFenced(() -> new DdlRunner().run(postgres.database(), scope(1), "s", sql -> ""));
  }

  @Test
  void aClosedFenceLetsNobodyWriteUntilTheNext() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    ranges();
    assertTrue(runs(1));
    long closed = fence(1, false);
    assertEquals("paused", text("SELECT state FROM kedge.migration"));
    assertFenced(() -> new DdlRunner().run(postgres.database(), scope(closed), "s", sql -> ""));
    assertFenced(() -> new DdlRunner().run(postgres.database(), scope(closed), "t", sql -> ""));
    assertEquals("0", text("SELECT count(*) FROM kedge.range WHERE epoch = " + closed));
    long open = fence(closed, true);
    assertFalse(runs(open));
    assertEquals("3", text("SELECT count(*) FROM kedge.range WHERE epoch = " + open));
  }

  @Test
  void aNoteThatBeganBeforeThePauseCommittedHasEndedWhenItReturns() throws Exception {
    register(Plans.copy("m", "a", "b"));
    Hold.prepare(postgres);
    postgres.run(
        """
        CREATE FUNCTION held_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF current_setting('application_name') = 'kedge:m:fence' THEN
            PERFORM public.hold();
          END IF;
          RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER held AFTER UPDATE ON kedge.migration
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION held_commit()""");
    try (Connection late = session("kedge:m:registry")) {
      Concurrently<Long> pause;
      Concurrently<Long> note;
      try (Hold hold = Hold.on(postgres, 0)) {
        pause = Concurrently.start(() -> fence(1, false));
        Concurrently.untilWaiting(postgres, "fence");
        note =
            Concurrently.start(
                () ->
                    new Sql(late)
                        .update("UPDATE kedge.migration SET state = 'running' WHERE epoch = 1"));
        Concurrently.untilWaiting(postgres, "registry");
        hold.letGo();
      }
      assertEquals(0, note.result());
      pause.result();
      assertEquals(
          "0",
          text(
              "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                  + " AND application_name = 'kedge:m:registry' AND backend_xid IS NOT NULL"));
    }
  }

  @Test
  void aNoteOfAnEarlierEpochWritesNothing() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    fence(1, false);
    registry.noteState(new StateNote(scope(1), Phase.BACKFILL, "running", null));
    assertEquals("paused", text("SELECT state FROM kedge.migration"));
  }

  @Test
  void aDirectPauseNeedsNoTemporal() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    new DirectFence(postgres.database()).pause("m", "incident 7");
    assertEquals("paused", text("SELECT state FROM kedge.migration"));
    assertFenced(() -> new DdlRunner().run(postgres.database(), scope(1), "s", sql -> ""));
    assertRefused("no unfinished", () -> new DirectFence(postgres.database()).pause("n", "x"));
  }

  @Test
  void onlyTheCurrentRunEndsAMigration() throws SQLException {
    register(Plans.copy("m", "a", "b"));
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    assertFenced(() -> registry.noteState(new StateNote(scope(1), Phase.DONE, "completed", null)));
    StateNote end = new StateNote(scope(epoch), Phase.DONE, "completed", null);
    registry.noteState(end);
    registry.noteState(end);
    assertEquals("0", text("SELECT count(*) FROM kedge.owned"));
    assertEquals(epoch, fence(epoch, false));
  }

  @Test
  void aDecisionIsNotedOnce() throws SQLException {
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    DecisionNote note =
        new DecisionNote(scope(epoch), Gate.READS, "r1", "me", true, null, "accepted", null);
    registry.noteDecision(note);
    registry.noteDecision(note);
    assertEquals("1", text("SELECT count(*) FROM kedge.approval"));
  }

  @Test
  void tuningLeavesWhatIsNotNamed() throws SQLException {
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    registry.tune(new TuneRequest(scope(epoch), 4, null));
    registry.tune(new TuneRequest(scope(epoch), null, 20L));
    registry.tune(new TuneRequest(scope(epoch), null, null, 5_000L));
    assertEquals(
        "4/20/5000",
        text("SELECT concat_ws('/', lanes, chunk_millis, max_rate) FROM kedge.migration"));
    registry.tune(new TuneRequest(scope(epoch), 3, null, 0L));
    assertEquals(
        "3/20/0",
        text("SELECT concat_ws('/', lanes, chunk_millis, max_rate) FROM kedge.migration"));
  }

  @Test
  void theListLeavesOutWhatCannotBeRead() throws SQLException {
    Databases databases = postgres.databases();
    databases.add("gone", "jdbc:postgresql://127.0.0.1:1/none?user=x", new Properties(), 1);
    assertEquals(List.of(), registry.listMigrations());
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    registry.noteState(new StateNote(scope(epoch), Phase.BACKFILL, "parked", "why"));
    RegistryEntry entry = registry.listMigrations().get(0);
    assertEquals("m", entry.migration());
    assertEquals(Phase.BACKFILL, entry.phase());
    assertEquals("why", entry.reason());
    assertTrue(entry.startedAt().matches("\\d{4}-\\d\\d-\\d\\dT.*Z"), entry.startedAt());
  }

  @Test
  void progressSaysWhatTheLedgerHas() throws SQLException {
    long epoch = register(Plans.copy("m", "a", "b")).epoch();
    Progress unknown = registry.readProgress(scope(epoch));
    assertEquals(null, unknown.moves().get(0).rowsDone());
    assertEquals(null, unknown.lagMillis());
    assertEquals(List.of(), unknown.guards());
    ranges();
    postgres.run(
        """
        INSERT INTO kedge.throttle (migration, epoch, cause, readings, checked_at)
        SELECT id, epoch, '{"signal": "differences", "words": "differences 1 of 1"}',
          '[{"guard": "pause", "signal": "differences", "value": 1, "bound": 1}]', clock_timestamp()
        FROM kedge.migration;
        INSERT INTO kedge.observation (migration, words)
        SELECT id, 'thing ' || i FROM kedge.migration, generate_series(1, 12) i""");
    Progress slowed = registry.readProgress(scope(epoch));
    assertEquals("differences 1 of 1", slowed.moves().get(0).throttledBy());
    assertEquals("differences", slowed.guards().get(0).signal());
    assertEquals(10, slowed.observations().size());
    assertEquals("thing 12", slowed.observations().get(9).words());
    postgres.run("UPDATE kedge.range SET rows = 100; UPDATE kedge.move SET blocked = 'a lock'");
    Progress read = registry.readProgress(scope(epoch));
    assertEquals(300, read.moves().get(0).rowsDone());
    assertEquals(1000, read.moves().get(0).rowsTotal());
    assertEquals("a lock", read.moves().get(0).throttledBy());
    assertEquals("trailing", read.moves().get(0).following());
    assertEquals(0, read.application().get("deadlocks").asInt());
    assertEquals(0, read.application().get("lockTimeouts").asInt());
    assertTrue(read.application().get("longestWaitMillis").isNull());
  }

  private Registration register(Plan plan) {
    return register(registry, plan);
  }

  private static Registration register(PostgresRegistryActivities registry, Plan plan) {
    return registry.register(new RegisterRequest(plan, "migration.m", "run", "me"));
  }

  private long fence(long epoch, boolean open) {
    return registry.fence(new FenceRequest(scope(epoch), open, "test"));
  }

  private static Scope scope(long epoch) {
    return new Scope("m", "app", epoch);
  }

  private boolean runs(long epoch) {
    return runs(epoch, sql -> "");
  }

  private boolean runs(long epoch, dev.kedge.postgres.Work<?> work) {
    try {
      return new DdlRunner().run(postgres.database(), scope(epoch), "s", work);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void ranges() throws SQLException {
    postgres.run(
        "INSERT INTO kedge.range (migration, move, range, epoch)"
            + " SELECT m.id, 1, g, m.epoch FROM kedge.migration m, generate_series(1, 3) g;"
            + " INSERT INTO kedge.tail (migration, move, epoch) SELECT id, 1, epoch FROM kedge.migration");
  }

  /** A chunk as a lane has it: fence taken, rows written, not committed. */
  private Connection openChunk() throws SQLException {
    Connection chunk = session("kedge:m:chunk");
    assertEquals(
        1,
        new Sql(chunk)
            .update(
                "UPDATE kedge.range SET turn = turn + 1, rows = 7 WHERE range = 2 AND epoch = 1"));
    return chunk;
  }

  private Connection session(String applicationName) throws SQLException {
    Connection connection =
        DriverManager.getConnection(postgres.jdbcUrl() + "&ApplicationName=" + applicationName);
    connection.setAutoCommit(false);
    return connection;
  }

  private Databases as(String role) {
    return new Databases()
        .add("app", postgres.jdbcUrl().replace("user=kedge", "user=" + role), new Properties(), 2);
  }

  private static void assertFenced(Executable work) {
    assertEquals(Failures.FENCED, assertThrows(ApplicationFailure.class, work).getType());
  }

  private static ApplicationFailure assertRefused(String words, Executable work) {
    ApplicationFailure failure = assertThrows(ApplicationFailure.class, work);
    assertEquals(Failures.REFUSED, failure.getType());
    assertTrue(failure.getOriginalMessage().contains(words), failure.getOriginalMessage());
    return failure;
  }

  private void awaitText(String expected, String query) {
    await().until(() -> text(query).equals(expected));
  }

  private String text(String query) throws SQLException {
    try (Connection connection = postgres.connect()) {
      return new Sql(connection).one(query, row -> row.getString(1));
    }
  }
}
