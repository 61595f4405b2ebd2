package dev.kedge.throttle;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the controller knows after a reading.
 *
 * @param budget how many lanes may work; negative before the first reading
 * @param calmSeconds for how long every signal has been clear of its bound
 * @param cause what limits; null when nothing does
 * @param trip a bound that ends the epoch's work; null while none was reached
 * @param reached since when each bound is reached, by {@link Reading#id}
 * @param unknown since when each signal cannot be read, likewise
 */
record State(
    double budget,
    double calmSeconds,
    @Nullable Cause cause,
    @Nullable Trip trip,
    Map<String, Long> reached,
    Map<String, Long> unknown) {
  /** Before the first reading of an epoch. */
  static final State FRESH = new State(-1, 0, null, null, Map.of(), Map.of());

  State {
    reached = Map.copyOf(reached);
    unknown = Map.copyOf(unknown);
  }

  boolean fresh() {
    return budget < 0;
  }
}
