package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.activity.BackfillActivities.LaneResult;
import dev.kedge.activity.BackfillActivities.Outcome;
import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Await;
import dev.kedge.postgres.Concurrently;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import dev.kedge.throttle.Throttle.Turn;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lanes that keep to what the controller's row says. */
final class LaneThrottleTest {
  private static final Guards DIFFERENCES =
      new Guards(List.of(new Limit(Signal.DIFFERENCES, 10)), List.of(), List.of());
  private static final Guards PAUSE =
      new Guards(List.of(), List.of(new Limit(Signal.DIFFERENCES, 1)), List.of());
  private static final Guards ABORT =
      new Guards(List.of(), List.of(), List.of(new Limit(Signal.DIFFERENCES, 1)));

  @RegisterExtension final PostgresExtension postgres = new PostgresExtension();

  LaneThrottleTest() {}

  @Test
  void aLaneReadsTheSignalsItselfAndGoesOn() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, DIFFERENCES);

    assertEquals(Outcome.DONE, move.lane(1, Duration.ofMinutes(1)).result().outcome());

    assertEquals(1_000, move.copied());
    assertEquals("[throttle differences 0.0]", readings(move));
  }

  private static String readings(ThrottledMove move) throws Exception {
    return move.report().readings().stream()
        .map(reading -> reading.guard() + " " + reading.signal() + " " + reading.value())
        .toList()
        .toString();
  }

  @Test
  void aLaneWithoutBudgetHoldsNothingAndEndsWhenTheOthersAreDone() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, DIFFERENCES);
    move.tick();
    assertEquals(1.0, move.budget());

    Concurrently<LaneResult> second = move.lane(2, Duration.ofMinutes(1));
    Await.until(() -> second.isIn(Throttle.class));
    assertEquals(
        "0", Fixture.value(postgres, "SELECT count(*) FROM kedge.lease WHERE owner IS NOT NULL"));
    assertEquals(0, move.copied());

    assertEquals(1_000, move.lane(1, Duration.ofMinutes(1)).result().rows());
    LaneResult waited = second.result();
    assertEquals(Outcome.DONE, waited.outcome());
    assertEquals(0, waited.rows());
  }

  @Test
  void aRowThatNobodyRenewsIsNoBudget() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, DIFFERENCES);
    move.tick();
    Throttle throttle = new Throttle(move.subject(), 1, true, new NoReaders());
    assertEquals(Turn.GO, throttle.turn());
    postgres.run("UPDATE kedge.throttle SET checked_at = checked_at - interval '11 seconds'");

    assertEquals(Turn.STOP, new Throttle(move.subject(), 1, true, new NoReaders()).turn());
    assertTrue(
        move.limitedBy().startsWith("signals, which nobody has read since "), move.limitedBy());
  }

  @Test
  void theLastLaneRestsForItsPartOfTheTime() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, DIFFERENCES);
    move.tick();
    postgres.run("UPDATE kedge.throttle SET budget = 1.25");

    assertEquals(0.0, rested(move, 1), 0.01, "the first works all the time");
    assertEquals(3.0, rested(move, 2), 0.5, "the second a quarter of it");
    assertEquals(
        Turn.STOP, new Throttle(move.subject(), 3, true, new NoReaders()).turn(), "the third not");
  }

  /** For how many times its work a lane rests. */
  private static double rested(ThrottledMove move, int lane) throws Exception {
    Throttle throttle = new Throttle(move.subject(), lane, true, new NoReaders());
    assertEquals(Turn.GO, throttle.turn());
    long begun = System.nanoTime();
    throttle.pace(
        () -> {
          Thread.onSpinWait();
          while (System.nanoTime() - begun < 100_000_000) {
            Thread.onSpinWait();
          }
          return "";
        },
        () -> 0);
    long worked = System.nanoTime() - begun;
    long from = System.nanoTime();
    while (throttle.turn() != Turn.GO) {
      postgresKeepsItFresh(move);
    }
    return lane == 1 ? 0 : (double) (System.nanoTime() - from) / worked;
  }

  private static void postgresKeepsItFresh(ThrottledMove move) throws Exception {
    move.subject()
        .run(sql -> sql.update("UPDATE kedge.throttle SET checked_at = clock_timestamp()"));
  }

  @Test
  void allLanesTogetherKeepToTheRateAndATunedOneCountsAtOnce() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 60_000, Guards.NONE);
    move.engine().cutEvery(10_000, 60_000);
    postgres.run("UPDATE kedge.migration SET max_rate = 4000");
    long begun = System.nanoTime();
    Concurrently<LaneResult> one = move.lane(1, Duration.ofMinutes(1));
    Concurrently<LaneResult> two = move.lane(2, Duration.ofMinutes(1));
    // Each lane's first chunk comes before anything is reckoned: 2,000 rows at most.
    Await.until(() -> move.copied() >= 16_000);
    double rate = move.copied() / ((System.nanoTime() - begun) / 1e9);
    assertTrue(rate < 5_000, "was " + rate);
    Await.until(
        () -> !Fixture.value(postgres, "SELECT count(chunk_rows) FROM kedge.move").equals("0"));
    assertTrue(
        Long.parseLong(Fixture.value(postgres, "SELECT max(chunk_rows) FROM kedge.move")) <= 1_000,
        "a chunk is a quarter of a second's rows");

    postgres.run("UPDATE kedge.migration SET max_rate = 0");
    assertEquals(60_000, one.result().rows() + two.result().rows());
    assertEquals(60_000, move.copied());
  }

  @Test
  void withoutGuardsNothingIsReadAndNothingIsWritten() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, Guards.NONE);

    assertEquals(Outcome.DONE, move.lane(1, Duration.ofMinutes(1)).result().outcome());

    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.throttle"));
  }

  @Test
  void aPauseEndsEveryLaneAndCountsForItsEpochOnly() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, PAUSE);
    finding();

    ApplicationFailure failure = failure(move, 1);
    assertEquals(Failures.GUARD_PAUSE, failure.getType());
    assertTrue(
        failure.getOriginalMessage().startsWith("guard pause: differences 1 of 1, since "),
        failure.getOriginalMessage());
    assertTrue(failure.getOriginalMessage().contains("help: "), failure.getOriginalMessage());
    assertEquals(Failures.GUARD_PAUSE, failure(move, 2).getType());
    assertEquals(0, move.copied());

    // Resumed while it still holds: looked at anew.
    move.engine().bump();
    assertEquals(Failures.GUARD_PAUSE, failure(move, 1).getType());
    move.engine().bump();
    postgres.run("UPDATE kedge.finding SET closed_at = now()");
    assertEquals(Outcome.DONE, move.lane(1, Duration.ofMinutes(1)).result().outcome());
    assertEquals(1_000, move.copied());
  }

  @Test
  void onTheWayBackNobodyLooks() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, PAUSE);
    finding();
    MoveScope back = new MoveScope(move.scope().scope(), move.scope().move(), true);
    Throttle throttle =
        new Throttles().lane(move.engine().database(), back, move.engine().ledger().migration(), 1);

    throttle.attend();
    assertEquals(Turn.GO, throttle.turn());
    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.throttle"));
  }

  @Test
  void anAbortIsLookedAtTwice() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, ABORT);
    finding();
    move.tick();
    assertEquals("null", move.row("trip"));
    assertEquals(0.0, move.budget());

    ApplicationFailure failure = failure(move, 1);

    assertEquals(Failures.GUARD_ABORT, failure.getType());
    assertEquals(0, move.copied());
  }

  @Test
  void nothingOfAnEpochThatIsOverIsWritten() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 1_000, DIFFERENCES);
    Scope old = move.scope().scope();
    Subject subject = move.subject();
    move.engine().bump();

    new Ticker(subject, Bounds.of(DIFFERENCES), now -> now).tick();

    assertEquals("0", Fixture.value(postgres, "SELECT count(*) FROM kedge.throttle"));
    assertFalse(old.equals(move.scope().scope()));
    assertEquals(
        Turn.GO,
        new Throttle(subject, 1, true, new NoReaders()).turn(),
        "the fence says it in its own words");
  }

  @Test
  void twoReadersAtOnceReadOnce() throws Exception {
    ThrottledMove move = ThrottledMove.start(postgres, 10, DIFFERENCES);
    move.tick();
    String first = move.row("checked_at");

    new Ticker(move.subject(), Bounds.of(DIFFERENCES), now -> now).tick();

    assertEquals(first, move.row("checked_at"), "within a second of the last");
    postgres.run(
        "UPDATE kedge.throttle SET checked_at = checked_at - interval '2 seconds', claimed_at = clock_timestamp()");
    String second = move.row("checked_at");
    new Ticker(move.subject(), Bounds.of(DIFFERENCES), now -> now).tick();
    assertEquals(second, move.row("checked_at"), "while somebody reads");
    postgres.run("UPDATE kedge.throttle SET claimed_at = clock_timestamp() - interval '9 seconds'");
    new Ticker(move.subject(), Bounds.of(DIFFERENCES), now -> now).tick();
    assertFalse(second.equals(move.row("checked_at")), "who claimed it has died");
  }

  private ApplicationFailure failure(ThrottledMove move, int lane) {
    return assertThrows(
        ApplicationFailure.class, () -> move.lane(lane, Duration.ofMinutes(1)).result());
  }

  private void finding() throws Exception {
    postgres.run(
        """
        INSERT INTO kedge.finding (migration, move, key, kind)
        SELECT id, 1, ARRAY['1'], 'missing' FROM kedge.migration""");
  }

  /** Nobody reads. */
  private static final class NoReaders implements Throttle.Readers {
    @Override
    public void tick() {}

    @Override
    public void begin() {}

    @Override
    public void end() {}
  }
}
