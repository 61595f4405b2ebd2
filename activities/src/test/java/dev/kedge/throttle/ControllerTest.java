package dev.kedge.throttle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import dev.kedge.throttle.Controller.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The controller of four lanes, a reading a second, a bound of 100. */
final class ControllerTest {
  private static final int LANES = 4;

  private State state = State.FRESH;
  private long seconds = 1_000;
  private long last;
  private final List<String> said = new ArrayList<>();

  @Test
  void aCalmBeginningIsOneLaneAndThenATenthOfALaneMoreASecond() {
    assertEquals(1.0, after(50));
    assertEquals(1.1, after(50), 1e-9);
    for (int i = 0; i < 10; i++) {
      after(50);
    }
    assertEquals(2.1, state.budget(), 1e-9);
    assertNull(state.cause());
    assertEquals(List.of(), said);
  }

  @Test
  void thereAreNeverMoreLanesThanThePlanHas() {
    for (int i = 0; i < 100; i++) {
      after(0);
    }
    assertEquals(4.0, state.budget());
  }

  @Test
  void nearItsBoundNothingChanges() {
    after(50);
    for (double value : new double[] {80, 85, 99.9}) {
      assertEquals(1.0, after(value), "at " + value);
    }
    assertNull(state.cause());
  }

  @Test
  void atItsBoundItHalvesAndSoonStands() {
    after(50);
    List<Double> budgets = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      budgets.add(after(100));
    }
    assertEquals(List.of(0.5, 0.25, 0.125, 0.0625, 0.0, 0.0), budgets);
    assertEquals("activeSessions 100 of 100", causeWords());
    assertEquals(
        List.of("slows down: activeSessions 100 of 100", "stands still: activeSessions 100 of 100"),
        said);
  }

  @Test
  void aBeginningBeyondItsBoundStands() {
    assertEquals(0.0, after(101));
    assertEquals(List.of("stands still: activeSessions 101 of 100"), said);
  }

  @Test
  void whatStoodGoesOnOnlyAfterItWasCalmForTwoSeconds() {
    after(150);
    assertEquals(0.0, after(79));
    assertEquals(0.0, after(90), "near the bound is not calm");
    assertEquals(0.0, after(79), "and the two seconds begin anew");
    assertEquals(0.1, after(79), 1e-9);
    assertEquals(0.2, after(79), 1e-9);
    assertEquals("goes on slowly, limited by activeSessions for 4s", said.get(1));
  }

  @Test
  void whileItRecoversWhatLimitedItIsSaid() {
    after(150);
    for (int i = 0; i < 10; i++) {
      after(10);
    }
    assertEquals("activeSessions 10 of 100", causeWords());
    assertEquals(1_000_000L, there(state.cause()).since());
    for (int i = 0; i < 40; i++) {
      after(10);
    }
    assertNull(state.cause());
    assertTrue(
        said.get(2).startsWith("goes on freely, limited by activeSessions for "), said.get(2));
    assertEquals(3, said.size(), said.toString());
  }

  @Test
  void whatCannotBeReadStopsAtOnceUnderWhateverGuard() {
    for (Guard guard : Guard.values()) {
      state = new State(4, 60, null, null, state.reached(), state.unknown());
      said.clear();
      next(List.of(new Reading(guard, limit(100), Value.unknown("it is gone"))));
      assertEquals(0.0, state.budget(), guard.label());
      assertNull(state.trip(), guard.label());
      assertEquals("activeSessions cannot be read: it is gone", causeWords());
      assertEquals(List.of("stands still: activeSessions cannot be read: it is gone"), said);
    }
  }

  @Test
  void anotherReasonForNotKnowingIsSaidOnce() {
    after(50);
    next(throttle(Value.unknown("it failed")));
    next(throttle(Value.unknown("it failed")));
    next(throttle(Value.unknown("it returned NULL")));
    assertEquals(
        List.of(
            "stands still: activeSessions cannot be read: it failed",
            "stands still: activeSessions cannot be read: it returned NULL"),
        said);
  }

  @Test
  void theWorstOfSeveralDecides() {
    after(10);
    next(
        List.of(
            new Reading(Guard.THROTTLE, limit(100), Value.of(10)),
            new Reading(Guard.THROTTLE, new Limit(Signal.OLDEST_XMIN, 10), Value.of(30)),
            new Reading(
                Guard.THROTTLE, new Limit(Signal.REPLICATION_LAG, 2_000), Value.of(2_500))));
    assertEquals(0.5, state.budget());
    assertEquals("oldestXmin 30 of 10", causeWords());
  }

  @Test
  void pauseTripsAtTheFirstReadingAtItsBound() {
    next(at(Guard.PAUSE, 99));
    assertNull(state.trip());
    next(at(Guard.PAUSE, 100));
    Trip trip = there(state.trip());
    assertEquals(Guard.PAUSE, trip.guard());
    assertEquals(1_001_000L, trip.since());
    assertEquals(0.0, state.budget());
    assertTrue(trip.message("m").startsWith("guard pause: activeSessions 100 of 100, since 1970-"));
    assertEquals(List.of("pauses: activeSessions 100 of 100"), said);
  }

  @Test
  void abortTripsAtTheSecondReadingInARowAndStopsAtTheFirst() {
    next(at(Guard.ABORT, 100));
    assertNull(state.trip());
    assertEquals(0.0, state.budget());
    next(at(Guard.ABORT, 99));
    next(at(Guard.ABORT, 100));
    assertNull(state.trip(), "not in a row");
    next(at(Guard.ABORT, 100));
    assertEquals(Guard.ABORT, there(state.trip()).guard());
  }

  @Test
  void whatPauseCannotReadPausesAfterAQuarterOfAnHourAndAbortNever() {
    next(blind(Guard.PAUSE));
    seconds += 14 * 60;
    next(blind(Guard.PAUSE));
    assertNull(state.trip());
    seconds += 60;
    next(blind(Guard.PAUSE));
    assertEquals(Guard.PAUSE, there(state.trip()).guard());

    state = State.FRESH;
    next(blind(Guard.ABORT));
    seconds += 24 * 3_600;
    next(blind(Guard.ABORT));
    next(blind(Guard.THROTTLE));
    assertNull(state.trip());
  }

  @Test
  void onlyBoundsThatPauseOrAbortLeaveTheSpeedAlone() {
    next(at(Guard.PAUSE, 99));
    assertEquals(4.0, state.budget());
  }

  @Test
  void aReadingThatCameLateIsWorthTwoSeconds() {
    after(10);
    seconds += 3_600;
    assertEquals(1.2, after(10), 1e-9);
  }

  private double after(double value) {
    next(at(Guard.THROTTLE, value));
    return state.budget();
  }

  private void next(List<Reading> readings) {
    State before = state;
    long passed = before.fresh() ? 0 : seconds - last;
    last = seconds;
    state = Controller.next(before, readings, new Moment(seconds * 1_000, passed, LANES));
    said.addAll(Changes.between(before, state, seconds * 1_000));
    seconds++;
  }

  private static List<Reading> at(Guard guard, double value) {
    return List.of(new Reading(guard, limit(100), Value.of(value)));
  }

  private static List<Reading> throttle(Value value) {
    return List.of(new Reading(Guard.THROTTLE, limit(100), value));
  }

  private static List<Reading> blind(Guard guard) {
    return List.of(new Reading(guard, limit(100), Value.unknown("it is gone")));
  }

  private static Limit limit(double bound) {
    return new Limit(Signal.ACTIVE_SESSIONS, bound);
  }

  private String causeWords() {
    return there(state.cause()).words();
  }

  private static <T> T there(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
