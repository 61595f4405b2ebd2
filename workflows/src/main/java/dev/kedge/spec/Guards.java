package dev.kedge.spec;

import java.util.List;

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

  public Guards {
    throttle = throttle == null ? List.of() : List.copyOf(throttle);
    pause = pause == null ? List.of() : List.copyOf(pause);
    abort = abort == null ? List.of() : List.copyOf(abort);
  }
}
