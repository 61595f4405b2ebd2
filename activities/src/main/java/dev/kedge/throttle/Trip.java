package dev.kedge.throttle;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A bound that was reached where the spec says pause or abort.
 *
 * @param guard which of the two
 * @param words the signal, its value and its bound
 * @param since milliseconds of the database's clock
 */
record Trip(Guard guard, String words, long since) {
  /** For whoever has to do something about it. */
  String message(String migration) {
    String what =
        "guard %s: %s, since %s"
            .formatted(
                guard.label(), words, Instant.ofEpochMilli(since).truncatedTo(ChronoUnit.SECONDS));
    return guard == Guard.ABORT
        ? what
            + "\nhelp: nothing more is written; what the migration leaves behind is what kedge abort"
            + " leaves"
        : what
            + "\nhelp: when that has passed: kedge resume %1$s, which looks at every bound anew; to end it: kedge rollback %1$s"
                .formatted(migration);
  }
}
