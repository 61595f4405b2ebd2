package dev.kedge.spec;

import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * When a migration slows down, pauses or gives up by itself. A signal that cannot be read counts as
 * beyond its bound: it slows down to a stop, and never makes a migration give up.
 *
 * @param throttle bounds of which the migration keeps clear by going slower
 * @param pause bounds at which it pauses, until somebody resumes it
 * @param abort bounds at which it stops for good
 */
public record Guards(List<Limit> throttle, List<Limit> pause, List<Limit> abort) {
  /** Nothing is looked at. */
  public static final Guards NONE = new Guards(List.of(), List.of(), List.of());

  /** Whether nothing is looked at. */
  public boolean none() {
    return throttle.isEmpty() && pause.isEmpty() && abort.isEmpty();
  }

  /** What is done about violated invariants. */
  public enum Reaction {
    /** Gates stay shut, the rest goes on. */
    NOTHING,
    PAUSE,
    ABORT
  }

  /**
   * What so many violated invariants come to. When the spec says nothing about them, the first
   * pauses.
   */
  public Reaction onViolated(int invariants) {
    OptionalDouble aborts = invariantBound(abort);
    OptionalDouble pauses = invariantBound(pause);
    if (invariants > 0 && aborts.isPresent() && invariants >= aborts.getAsDouble()) {
      return Reaction.ABORT;
    }
    double bound = pauses.orElse(aborts.isPresent() ? Double.POSITIVE_INFINITY : 1);
    return invariants > 0 && invariants >= bound ? Reaction.PAUSE : Reaction.NOTHING;
  }

  private static OptionalDouble invariantBound(List<Limit> limits) {
    return limits.stream()
        .filter(limit -> limit.signal() == Signal.INVARIANT)
        .mapToDouble(Limit::bound)
        .findFirst();
  }

  public Guards {
    throttle = throttle == null ? List.of() : List.copyOf(throttle);
    pause = pause == null ? List.of() : List.copyOf(pause);
    abort = abort == null ? List.of() : List.copyOf(abort);
  }

  /**
   * Equal to no guards at all, so that JSON leaves them out: the plan of a spec without guards
   * keeps the hash it had before there were any.
   */
  static final class Absent {
    @Override
    public boolean equals(@Nullable Object other) {
      return other == null || NONE.equals(other);
    }

    @Override
    public int hashCode() {
      return NONE.hashCode();
    }
  }
}
