package dev.kedge.throttle;

import dev.kedge.spec.Signal.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What of a decision is worth remembering, in sentences. */
final class Changes {
  private Changes() {}

  /** What changed at {@code now}, milliseconds of the database's clock; often nothing. */
  static List<String> between(State before, State after, long now) {
    List<String> changes = new ArrayList<>();
    Trip trip = after.trip();
    if (trip != null && before.trip() == null) {
      changes.add((trip.guard() == Guard.ABORT ? "aborts: " : "pauses: ") + trip.words());
    } else if (trip == null) {
      slowing(before, after, now).forEach(changes::add);
    }
    return changes;
  }

  private static List<String> slowing(State before, State after, long now) {
    Cause last = before.cause();
    Cause cause = after.cause();
    if (cause == null) {
      return last == null ? List.of() : List.of("goes on freely, " + limited(last, now));
    }
    boolean stands = after.budget() <= 0;
    if (stands && (before.budget() > 0 || before.fresh() || other(last, cause))) {
      return List.of("stands still: " + cause.words());
    }
    if (!stands && before.budget() == 0) {
      return List.of("goes on slowly, " + limited(cause, now));
    }
    return last == null ? List.of("slows down: " + cause.words()) : List.of();
  }

  // The same signal is another cause when it fails for another reason; its value changes always.
  private static boolean other(@Nullable Cause last, Cause cause) {
    return last == null || (cause.holds() && !Objects.equals(kind(last), kind(cause)));
  }

  private static String kind(Cause cause) {
    return cause.words().contains(" cannot be read: ") ? cause.words() : cause.signal();
  }

  private static String limited(Cause cause, long now) {
    return "limited by "
        + cause.signal()
        + " for "
        + Unit.DURATION.format(coarse(now - cause.since()));
  }

  // Nobody wants the seconds of hours.
  private static double coarse(long millis) {
    long grain = millis < 100_000 ? 1_000 : 60_000;
    return (double) (millis / grain * grain);
  }
}
