package dev.kedge.reconcile;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveProgress;
import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.activity.VerifyActivities.TablesRequest;
import dev.kedge.backfill.Heartbeat;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares tables that no key joins as multisets, whole, in one snapshot, and again while they
 * differ: a row counts that was odd every time. An odd row is named by its content's hash and where
 * one of it lies in the target.
 */
final class KeylessTables {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int EXAMPLES = 20;

  private final TablesRequest request;
  private final MultisetMatcher matcher;
  private final List<Duration> again;

  /**
   * @param again the waits before each further look
   */
  KeylessTables(Database database, TablesRequest request, List<Duration> again) {
    this.request = request;
    this.matcher =
        new MultisetMatcher(
            database, request.migration(), Projection.forward(request.move()), LONGEST);
    this.again = List.copyOf(again);
  }

  /** What they come to; somebody beats meanwhile. */
  Comparison compare() throws SQLException {
    if (request.samplePercent() < 100) {
      throw Failures.refused(
          "%s has no key to spread a sample over\nhelp: leave out --sample: every row is compared"
              .formatted(request.move().target()));
    }
    Heartbeat heartbeat = Heartbeat.ofActivity(() -> MoveProgress.unknown(request.move(), null));
    return heartbeat.during(LONGEST.multipliedBy(again.size() + 1L), this::look);
  }

  private Comparison look() {
    Multisets first = matcher.compare();
    Multisets last = first;
    for (Duration wait : again) {
      if (last.proven() || last.reason() != null) {
        break;
      }
      pause(wait);
      last = staying(last, matcher.compare());
    }
    return comparison(first, last);
  }

  // Exact only where each look names all that is odd; otherwise the later one counts as it is.
  private static Multisets staying(Multisets before, Multisets now) {
    if (now.reason() != null || !named(before) || !named(now)) {
      return now;
    }
    Map<String, Long> earlier = new HashMap<>();
    before.odd().forEach(odd -> earlier.put(odd.content(), odd.there() - odd.wanted()));
    List<Multisets.Odd> left = new ArrayList<>();
    long missing = 0;
    long extra = 0;
    for (Multisets.Odd odd : now.odd()) {
      long was = earlier.getOrDefault(odd.content(), 0L);
      long is = odd.there() - odd.wanted();
      if (Long.signum(was) == Long.signum(is)) {
        left.add(odd);
        missing += Math.max(0, -Math.max(was, is));
        extra += Math.max(0, Math.min(was, is));
      }
    }
    return new Multisets(now.wanted(), now.there(), missing, extra, left, null);
  }

  private static boolean named(Multisets seen) {
    long odd = seen.odd().stream().mapToLong(each -> Math.abs(each.there() - each.wanted())).sum();
    return odd >= seen.missing() + seen.extra();
  }

  private Comparison comparison(Multisets first, Multisets last) {
    long differences = last.missing() + last.extra();
    return new Comparison(
        request.move().number(),
        last.wanted(),
        last.missing(),
        last.extra(),
        0,
        last.reason() == null ? 0 : 1,
        Math.max(0, first.missing() + first.extra() - differences),
        Math.max(0, last.wanted() - last.missing()),
        0,
        examples(last),
        Instant.now().toString(),
        last.reason() == null ? List.of() : List.of(last.reason()));
  }

  private List<Difference> examples(Multisets last) {
    String to = Quoting.readable(request.move().target());
    if (last.reason() != null) {
      return List.of(new Difference(to, "none: " + last.reason(), Kind.NOT_COMPARABLE.label()));
    }
    return last.odd().stream()
        .limit(EXAMPLES)
        .map(
            odd ->
                new Difference(
                    to,
                    name(odd),
                    (odd.there() > odd.wanted() ? Kind.EXTRA : Kind.MISSING).label()))
        .toList();
  }

  private static String name(Multisets.Odd odd) {
    String where = odd.place() == null ? "" : " at ctid " + odd.place();
    return "none: content %s%s, there %d times instead of %d"
        .formatted(odd.content(), where, odd.there(), odd.wanted());
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.unavailable("the worker shuts down; the compare begins again");
    }
  }
}
