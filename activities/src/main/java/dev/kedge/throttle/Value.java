package dev.kedge.throttle;

import org.jspecify.annotations.Nullable;

/**
 * What a signal came to.
 *
 * @param number in the signal's unit; null when it could not be read
 * @param problem why it could not be read; null when it was
 */
record Value(@Nullable Double number, @Nullable String problem) {
  static Value of(double number) {
    return Double.isFinite(number) ? new Value(number, null) : unknown("it is not a number");
  }

  static Value unknown(String problem) {
    return new Value(null, problem);
  }
}
