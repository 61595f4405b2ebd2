package dev.kedge.cutover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneRequest;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.CutoverActivities.HandoverResult;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.Scope;
import dev.kedge.activity.TailActivities.TailRequest;
import dev.kedge.activity.TailActivities.TailResult;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.PostgresBackfillActivities;
import dev.kedge.backfill.TailRound;
import dev.kedge.capture.PostgresCaptureActivities;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.CopyMove;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.Hold;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Sql;
import dev.kedge.registry.Plans;
import io.temporal.failure.ApplicationFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One table goes into two, and both take its writes from one commit on. */
final class TogetherHandoverTest {
  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  private final List<Concurrently<TailResult>> tails = new ArrayList<>();
  private Scope scope = new Scope("m", "app", 0);
  private List<MovePlan> moves = List.of();

  TogetherHandoverTest() {}

  @AfterEach
  void endTails() throws Exception {
    if (!tails.isEmpty()) {
      scope = Fixture.bump(postgres, scope);
    }
    for (Concurrently<TailResult> tail : tails) {
      assertEquals(Outcome.FENCED, tail.result().outcome());
    }
  }

  @Test
  void anApplicationIsNeverRefusedByBothSides() throws Exception {
    split();
    follow();
    SplitApplication application =
        new SplitApplication(
                postgres,
                List.of("UPDATE a SET x = x + 1, y = y + 1 WHERE id = ?"),
                List.of(
                    "UPDATE c SET y = y + 1 WHERE id = ?", "UPDATE b SET x = x + 1 WHERE id = ?"))
            .start();
    until(() -> application.commits.get() > 100);

    Concurrently<HandoverResult> handover;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "handover")) {
      holdOnlyTheSwitchOf(2);
      handover = Concurrently.start(() -> cutover().handOver(leader()));
      Concurrently.until(
          postgres,
          "SELECT bool_or(coalesce(blocked LIKE 'handover gave way%', false)) FROM kedge.move");
      long meanwhile = application.commits.get();
      until(() -> application.commits.get() > meanwhile + 20 || !application.errors.isEmpty());
      hold.letGo();
    }
    HandoverResult result = handover.result();
    long before = application.commits.get();
    until(() -> application.commits.get() > before + 50);
    application.stop();

    assertEquals(List.of(), List.copyOf(application.errors));
    assertTrue(result.switched());
    assertTrue(application.refusals.get() > 0);
    assertEquals(
        String.valueOf(application.commits.get()), Fixture.value(postgres, "SELECT sum(x) FROM b"));
    assertEquals(
        String.valueOf(application.commits.get()), Fixture.value(postgres, "SELECT sum(y) FROM c"));
    assertEquals("new new", writing());
  }

  @Test
  void oneCommitSwitchesBoth() throws Exception {
    split();
    follow();
    cutover().handOver(leader());

    assertEquals(
        "1",
        Fixture.value(
            postgres,
            "SELECT count(DISTINCT xmin::text) FROM pg_trigger WHERE tgname LIKE 'kedge_guard%'"));
    assertEquals("KD001", refusal("UPDATE a SET x = 0 WHERE id = 1"));
    postgres.run("UPDATE b SET x = 7 WHERE id = 1; UPDATE c SET y = 7 WHERE id = 1");
  }

  @Test
  void handedBackBothRefuseAndTheOldSideHasWhatFollowed() throws Exception {
    split();
    follow();
    cutover().handOver(leader());
    postgres.run("UPDATE b SET x = 42 WHERE id = 1");

    HandoverResult result = cutover().handBack(leader());

    assertTrue(result.switched());
    assertEquals("old old", writing());
    assertEquals("42", Fixture.value(postgres, "SELECT x FROM a WHERE id = 1"));
    assertEquals("KD001", refusal("UPDATE b SET x = 0 WHERE id = 1"));
    assertEquals("KD001", refusal("UPDATE c SET y = 0 WHERE id = 1"));
  }

  @Test
  void aCrashBeforeTheCommitLeavesBothAsTheyWere() throws Exception {
    split();
    Concurrently<HandoverResult> handover;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "handover")) {
      holdOnlyTheSwitchOf(2);
      want("new");
      follow();
      Concurrently.untilWaiting(postgres, "handover");
      postgres.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'kedge:m:handover'");
      assertEquals("old old", writing());
      postgres.run("UPDATE a SET x = x + 1 WHERE id = 1");
      assertEquals("KD001", refusal("UPDATE b SET x = 0 WHERE id = 1"));
      hold.letGo();
      handover = Concurrently.start(() -> cutover().handOver(leader()));
    }

    assertTrue(handover.result().switched());
    assertEquals("new new", writing());
    assertEquals("1", Fixture.value(postgres, "SELECT x FROM b WHERE id = 1"));
  }

  @Test
  void aRangeOutsideOneTailKeepsBothFromChanging() throws Exception {
    split();
    postgres.run("UPDATE kedge.range SET state = 'open', cursor = '{5}' WHERE move = 2");
    want("new");
    follow();
    Concurrently.until(
        postgres,
        "SELECT bool_and(rounds > 25) OR EXISTS (SELECT FROM kedge.move WHERE writing = 'new')"
            + " FROM kedge.tail");

    assertEquals("old old", writing());
    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM kedge.move WHERE blocked IS NOT NULL"));
  }

  @Test
  void aWriterOfAnyTableIsWaitedForBeforeTheLockIsAskedFor() throws Exception {
    union();
    follow();
    Concurrently<HandoverResult> handover;
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application)
          .execute("SET application_name = 'batch'; UPDATE a2 SET v = v + 1 WHERE id = 101");
      handover = Concurrently.start(() -> cutover().handOver(leader()));
      Concurrently.until(
          postgres,
          "SELECT coalesce(blocked LIKE '%batch%', false) FROM kedge.move WHERE move = 1");
      application.commit();
    }

    assertTrue(handover.result().switched());
    assertEquals("new new", writing());
    assertEquals("1", Fixture.value(postgres, "SELECT v FROM b WHERE id = 101"));
  }

  @Test
  void aTailThatAnotherHandsOverLeavesItsFenceFree() throws Exception {
    split();
    follow();
    Concurrently<HandoverResult> handover;
    try (Connection application = postgres.connect()) {
      application.setAutoCommit(false);
      new Sql(application)
          .execute("SET application_name = 'batch'; UPDATE a SET x = x + 1 WHERE id = 1");
      handover = Concurrently.start(() -> cutover().handOver(leader()));
      Concurrently.until(
          postgres,
          "SELECT coalesce(blocked LIKE '%batch%', false) FROM kedge.move WHERE move = 1");
      long leaders = rounds(1);
      long others = rounds(2);
      while (rounds(1) < leaders + 20) {
        postgres.run("UPDATE a SET y = y + 1 WHERE id = 2");
      }

      assertTrue(rounds(2) - others < 10, "as many rounds of both");
      application.commit();
    }
    assertTrue(handover.result().switched());
    assertEquals(
        "t", Fixture.value(postgres, "SELECT a.y = c.y FROM a JOIN c USING (id) WHERE id = 2"));
  }

  private long rounds(int move) throws SQLException {
    return Long.parseLong(
        Fixture.value(postgres, "SELECT rounds FROM kedge.tail WHERE move = " + move));
  }

  @Test
  void rowsThatSwapTheirSourcesAreAppliedUnderOneLock() throws Exception {
    postgres.run(
        """
        CREATE TABLE a1 (id int PRIMARY KEY, v int NOT NULL);
        CREATE TABLE a2 (id int PRIMARY KEY, v int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, v int NOT NULL, origin int NOT NULL);
        INSERT INTO a1 VALUES (1, 10), (3, 30);
        INSERT INTO a2 VALUES (2, 20), (4, 40)""");
    copied(
        CopyMove.of(postgres, "a1", "b").column("origin", "1").owns("origin = 1").plan(1),
        CopyMove.of(postgres, "a2", "b").column("origin", "2").owns("origin = 2").plan(2));
    want("new");
    long migration = Migrations.current(postgres.database(), scope);
    TailRow.Look look = new TailRow(leader(), migration).look(postgres.database()).orElseThrow();
    Handover handover =
        new Handover(postgres.database(), leader(), migration, Duration.ofSeconds(10));
    Concurrently<Boolean> attempt;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.tail", "handover")) {
      attempt =
          Concurrently.start(
              () -> {
                handover.attempt(look);
                return true;
              });
      Concurrently.untilWaiting(postgres, "handover");
      postgres.run(
          """
          BEGIN;
          DELETE FROM a1 WHERE id = 1;
          DELETE FROM a2 WHERE id = 2;
          INSERT INTO a1 VALUES (2, 21);
          INSERT INTO a2 VALUES (1, 11);
          COMMIT""");
      hold.letGo();
    }
    attempt.result();

    assertEquals("new new", writing());
    assertEquals(
        "1/11/2 2/21/1 3/30/1 4/40/2",
        Fixture.value(
            postgres, "SELECT string_agg(concat_ws('/', id, v, origin), ' ' ORDER BY id) FROM b"));
  }

  @Test
  void aMergeByJoinLocksAllItsSources() throws Exception {
    postgres.run(
        """
        CREATE TABLE a1 (id int PRIMARY KEY, v int NOT NULL);
        CREATE TABLE a2 (id int PRIMARY KEY, w int NOT NULL);
        CREATE TABLE a3 (id int PRIMARY KEY, z int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, v int, w int, z int);
        INSERT INTO a1 SELECT i, 0 FROM generate_series(1, 9) i;
        INSERT INTO a2 SELECT i, 0 FROM generate_series(1, 9) i""");
    copied(CopyMove.of(postgres, "a1", "b").join("a2").joinOptional("a3").plan(1));
    want("new");
    long migration = Migrations.current(postgres.database(), scope);
    TailRow.Look look = new TailRow(leader(), migration).look(postgres.database()).orElseThrow();
    Handover handover =
        new Handover(postgres.database(), leader(), migration, Duration.ofSeconds(10));
    Concurrently<Boolean> attempt;
    Concurrently<String> late;
    try (Hold hold = Hold.onUpdateOf(postgres, "kedge.move", "handover")) {
      postgres.run("UPDATE a2 SET w = 5 WHERE id = 5");
      attempt =
          Concurrently.start(
              () -> {
                handover.attempt(look);
                return true;
              });
      Concurrently.untilWaiting(postgres, "handover");
      late = Concurrently.start(() -> refusal("INSERT INTO a3 VALUES (5, 5)"));
      Concurrently.until(
          postgres,
          "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'a3'::regclass");
      hold.letGo();
    }
    attempt.result();

    assertEquals("new", writing());
    assertEquals("KD001", late.result());
    assertEquals("KD001", refusal("UPDATE a2 SET w = 1"));
    assertEquals("KD001", refusal("TRUNCATE a3"));
    assertEquals("5", Fixture.value(postgres, "SELECT w FROM b WHERE id = 5"));
    postgres.run("UPDATE b SET w = 6, z = 6 WHERE id = 5");
  }

  @Test
  void aSupersededHandoverChangesNothing() throws Exception {
    split();
    want("new");
    MoveScope stale = leader();
    long migration = Migrations.current(postgres.database(), stale.scope());
    TailRow.Look look = new TailRow(stale, migration).look(postgres.database()).orElseThrow();
    Handover zombie = new Handover(postgres.database(), stale, migration, Handover.HOLD);
    scope = Fixture.bump(postgres, scope);

    ApplicationFailure failure = assertThrows(ApplicationFailure.class, () -> zombie.attempt(look));

    assertEquals(Failures.FENCED, failure.getType());
    assertEquals("old old", writing());
  }

  private void split() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a (id int PRIMARY KEY, x int NOT NULL, y int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, x int NOT NULL);
        CREATE TABLE c (id int PRIMARY KEY, y int NOT NULL);
        INSERT INTO a SELECT i, 0, 0 FROM generate_series(1, 100) i""");
    copied(
        CopyMove.of(postgres, "a", "b").reversed().plan(1),
        CopyMove.of(postgres, "a", "c").plan(2));
  }

  /** Of two tables with keys of their own; without a way back, so that no rows need an owner. */
  private void union() throws SQLException {
    postgres.run(
        """
        CREATE TABLE a1 (id int PRIMARY KEY, v int NOT NULL);
        CREATE TABLE a2 (id int PRIMARY KEY, v int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, v int NOT NULL);
        INSERT INTO a1 SELECT i, 0 FROM generate_series(1, 100) i;
        INSERT INTO a2 SELECT i, 0 FROM generate_series(101, 200) i""");
    copied(CopyMove.of(postgres, "a1", "b").plan(1), CopyMove.of(postgres, "a2", "b").plan(2));
  }

  private void copied(MovePlan... planned) throws SQLException {
    Hold.prepare(postgres);
    scope = Fixture.register(postgres, "m");
    List<Integer> all = Stream.of(planned).map(MovePlan::number).toList();
    moves = Stream.of(planned).map(move -> move.withTogether(all)).toList();
    record(moves);
    for (MovePlan move : moves) {
      new PostgresCaptureActivities(
              postgres.databases(), (database, request) -> {}, (database, request) -> {})
          .installCapture(new MoveScope(scope, move));
    }
    for (MovePlan move : moves) {
      MoveScope request = new MoveScope(scope, move);
      new PostgresBackfillActivities(postgres.databases(), (sql, filler, chunk) -> 0)
          .fillRanges(new LaneRequest(request, 1, Duration.ofMinutes(1)));
      long migration = Migrations.current(postgres.database(), scope);
      new TailRound(postgres.database(), request, migration, Direction.forward(migration, move))
          .run();
    }
  }

  private void record(List<MovePlan> planned) throws SQLException {
    Plan plan = Plans.copy("m", "a", "b");
    Plan with =
        new Plan(
            plan.form(),
            plan.planHash(),
            plan.spec(),
            plan.catalogHash(),
            planned,
            plan.steps(),
            plan.refusals(),
            plan.warnings());
    try (Connection connection = postgres.connect()) {
      new Sql(connection)
          .update(
              "UPDATE kedge.migration SET plan = ?::jsonb",
              Payloads.mapper().valueToTree(with).toString());
    }
  }

  private void follow() {
    for (MovePlan move : moves) {
      MoveScope now = new MoveScope(scope, move);
      tails.add(
          Concurrently.start(
              () ->
                  new PostgresTailActivities(postgres.databases())
                      .followTail(new TailRequest(now, Duration.ofMinutes(1)))));
    }
  }

  private MoveScope leader() {
    return new MoveScope(scope, moves.get(0));
  }

  private void want(String side) throws SQLException {
    postgres.run("UPDATE kedge.move SET wanted = '%s', wanted_epoch = 1".formatted(side));
  }

  private void holdOnlyTheSwitchOf(int move) throws SQLException {
    postgres.run(
        """
        CREATE OR REPLACE FUNCTION public.hold_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.writing <> OLD.writing AND NEW.move = %d THEN
            PERFORM set_config('statement_timeout', '0', true);
            PERFORM public.hold();
          END IF;
          RETURN NEW;
        END $$"""
            .formatted(move));
  }

  private PostgresCutoverActivities cutover() {
    HandoverResult none = new HandoverResult(false, 0, null, null, 0);
    return new PostgresCutoverActivities(
        postgres.databases(), (database, request) -> none, (database, request) -> none);
  }

  private String writing() throws SQLException {
    return Fixture.value(postgres, "SELECT string_agg(writing, ' ' ORDER BY move) FROM kedge.move");
  }

  private String refusal(String statement) {
    return String.valueOf(
        assertThrows(SQLException.class, () -> postgres.run(statement)).getSQLState());
  }

  private static void until(java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "never came");
      Thread.onSpinWait();
    }
  }
}
