package dev.kedge.plan;

import dev.kedge.spec.Durations;
import dev.kedge.spec.Guards;
import dev.kedge.spec.Limit;
import dev.kedge.spec.Signal;
import dev.kedge.spec.Sizes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Guards as people read them: what each does, and from where on. */
final class GuardText {
  private GuardText() {}

  /** A line a guard, one more for the SQL of each of its queries; none without guards. */
  static List<String> lines(Guards guards) {
    List<String> lines = new ArrayList<>();
    guard(lines, "throttle", "goes slower, down to a stop, at", guards.throttle());
    guard(lines, "pause", "pauses until somebody resumes it, at", guards.pause());
    guard(lines, "abort", "stops for good, at", guards.abort());
    return lines;
  }

  private static void guard(List<String> lines, String guard, String does, List<Limit> limits) {
    if (!limits.isEmpty()) {
      List<String> bounds = limits.stream().map(GuardText::bound).toList();
      lines.add(guard + ": " + does + " " + String.join(", ", bounds));
    }
    limits.stream()
        .filter(limit -> limit.sql() != null)
        .forEach(limit -> lines.add("    " + limit.label() + ": " + limit.sql()));
  }

  // As exact as the spec says it: what is approved is this bound.
  private static String bound(Limit limit) {
    long whole = Math.round(limit.bound());
    Signal.Unit unit = limit.signal().unit();
    return limit.label()
        + " "
        + switch (unit) {
          case DURATION -> Durations.format(Duration.ofMillis(whole));
          case BYTES -> Sizes.exact(whole);
          case COUNT -> unit.format(limit.bound());
        };
  }
}
