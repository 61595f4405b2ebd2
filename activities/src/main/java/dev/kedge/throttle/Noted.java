package dev.kedge.throttle;

import org.jspecify.annotations.Nullable;

/**
 * A reading as the controller's row keeps it.
 *
 * @param guard what is done at the bound
 * @param signal its label
 * @param value null when it could not be read
 * @param problem why it could not be read
 */
record Noted(
    String guard, String signal, @Nullable Double value, double bound, @Nullable String problem) {
  static Noted of(Reading reading) {
    return new Noted(
        reading.guard().label(),
        reading.limit().label(),
        reading.value().number(),
        reading.limit().bound(),
        reading.value().problem());
  }
}
