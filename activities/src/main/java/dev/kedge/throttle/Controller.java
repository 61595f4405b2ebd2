package dev.kedge.throttle;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides from readings how many lanes may work. Pure: the same state and readings give the same
 * state.
 */
final class Controller {
  /** Lanes more a second while all is calm: one lane in ten seconds. */
  static final double RISE = 0.1;

  /** What is left of the budget after a reading at or above a bound. */
  static final double FALL = 0.5;

  /** Below this part of its bound a signal is calm; from here to the bound the budget stays. */
  static final double CALM = 0.8;

  /** Less than this part of a lane is none. */
  static final double FLOOR = 0.05;

  /** So long must all be calm before what stood still goes on. */
  static final double RELEASE_SECONDS = 2;

  /** For so long a pause guard's signal may be unreadable before it pauses. */
  static final long PATIENCE_MILLIS = 15 * 60 * 1_000L;

  // A reading that came late tells nothing of the time before it.
  private static final double LONGEST_STEP = 2;

  private final State before;
  private final List<Reading> readings;
  private final Moment moment;

  /**
   * When readings were taken.
   *
   * @param millis by the database's clock
   * @param seconds since the reading before
   * @param lanes the most that may work
   */
  record Moment(long millis, double seconds, int lanes) {}

  private Controller(State before, List<Reading> readings, Moment moment) {
    this.before = before;
    this.readings = readings;
    this.moment = moment;
  }

  /** What follows from {@code readings}. */
  static State next(State before, List<Reading> readings, Moment moment) {
    return new Controller(before, readings, moment).next();
  }

  private State next() {
    Map<String, Long> reached = since(before.reached(), Reading::reached);
    Map<String, Long> unknown = since(before.unknown(), reading -> !reading.known());
    Trip trip = before.trip() == null ? trip(reached, unknown) : before.trip();
    boolean stop = trip != null || blind().isPresent() || atAbort().isPresent();
    double calm = stop || worst() >= CALM ? 0 : before.calmSeconds() + step();
    double budget = stop ? 0 : Math.min(moment.lanes(), budget(calm));
    return new State(budget, calm, cause(budget), trip, reached, unknown);
  }

  private double budget(double calm) {
    if (slowing().isEmpty()) {
      return moment.lanes();
    }
    double worst = worst();
    if (before.fresh()) {
      return worst < CALM ? 1 : worst < 1 ? FALL : 0;
    }
    if (worst >= 1) {
      double less = before.budget() * FALL;
      return less < FLOOR ? 0 : less;
    }
    if (worst >= CALM || (before.budget() <= 0 && calm < RELEASE_SECONDS)) {
      return before.budget();
    }
    return before.budget() + RISE * step();
  }

  private double step() {
    return Math.max(0, Math.min(LONGEST_STEP, moment.seconds()));
  }

  /** Of what slows down; the other guards act at their bounds alone. */
  private double worst() {
    return slowing().map(Reading::ratio).orElse(0.0);
  }

  private Optional<Reading> slowing() {
    return readings.stream()
        .filter(reading -> reading.guard() == Guard.THROTTLE && reading.known())
        .max(Comparator.comparingDouble(Reading::ratio));
  }

  private Optional<Reading> blind() {
    return readings.stream().filter(reading -> !reading.known()).findFirst();
  }

  // It cannot be taken back, so it is looked at twice; until then nothing goes on.
  private Optional<Reading> atAbort() {
    return readings.stream()
        .filter(reading -> reading.guard() == Guard.ABORT && reading.reached())
        .findFirst();
  }

  private @Nullable Cause cause(double budget) {
    Optional<Reading> now =
        blind().or(this::atAbort).or(this::atPause).or(() -> slowing().filter(Reading::reached));
    if (now.isPresent()) {
      return cause(now.get(), true);
    }
    Cause last = before.cause();
    boolean free = budget >= moment.lanes();
    // While it recovers, what limited it last is why it is not faster.
    return free || last == null ? null : again(last);
  }

  private Cause cause(Reading reading, boolean holds) {
    Cause last = before.cause();
    long since = last == null ? moment.millis() : last.since();
    return new Cause(reading.limit().label(), reading.words(), since, holds);
  }

  private Cause again(Cause last) {
    return readings.stream()
        .filter(reading -> reading.limit().label().equals(last.signal()))
        .findFirst()
        .map(reading -> cause(reading, false))
        .orElse(last);
  }

  private Optional<Reading> atPause() {
    return readings.stream()
        .filter(reading -> reading.guard() == Guard.PAUSE && reading.reached())
        .findFirst();
  }

  private Map<String, Long> since(Map<String, Long> earlier, Predicate<Reading> holds) {
    Map<String, Long> since = new HashMap<>();
    for (Reading reading : readings) {
      if (holds.test(reading)) {
        since.put(reading.id(), earlier.getOrDefault(reading.id(), moment.millis()));
      }
    }
    return since;
  }

  private @Nullable Trip trip(Map<String, Long> reached, Map<String, Long> unknown) {
    return atAbort()
        .filter(reading -> before.reached().containsKey(reading.id()))
        .or(this::atPause)
        .or(() -> blindTooLong(unknown))
        .map(reading -> trip(reading, reading.known() ? reached : unknown))
        .orElse(null);
  }

  private static Trip trip(Reading reading, Map<String, Long> since) {
    return new Trip(
        reading.guard(), reading.words(), Objects.requireNonNull(since.get(reading.id())));
  }

  private Optional<Reading> blindTooLong(Map<String, Long> unknown) {
    return readings.stream()
        .filter(reading -> reading.guard() == Guard.PAUSE && !reading.known())
        .filter(
            reading ->
                moment.millis() - unknown.getOrDefault(reading.id(), moment.millis())
                    >= PATIENCE_MILLIS)
        .findFirst();
  }
}
