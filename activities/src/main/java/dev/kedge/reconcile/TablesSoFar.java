package dev.kedge.reconcile;

import dev.kedge.activity.ReconcileActivities.Comparison;
import dev.kedge.activity.ReconcileActivities.Difference;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.reconcile.TablesMatcher.Differing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a comparison of tables is. It is heartbeated, so that the next attempt goes on there:
 * keys, and never a value.
 *
 * @param cursor the key up to which all is compared; null at the beginning
 * @param walked whether the end was reached
 * @param compared rows of the source
 * @param differing keys that differed when they were looked at last
 * @param unlisted differing keys that found no place in the list, and are not looked at again
 * @param unseen what could not be compared and has no key
 * @param explained keys that differed once and did not the next time
 * @param reasons why something could not be compared, each once
 */
record TablesSoFar(
    @Nullable List<String> cursor,
    boolean walked,
    long compared,
    List<Differing> differing,
    long unlisted,
    long unseen,
    long explained,
    List<String> reasons) {
  // More is not about single rows, and a heartbeat is no place for it.
  private static final int MOST_LISTED = 1_000;
  private static final int MOST_CHARACTERS = 250_000;
  private static final int EXAMPLES = 20;
  private static final int MOST_REASONS = 20;

  static final TablesSoFar NOTHING = new TablesSoFar(null, false, 0, List.of(), 0, 0, 0, List.of());

  TablesSoFar {
    cursor = cursor == null ? null : List.copyOf(cursor);
    differing = List.copyOf(differing);
    // What an earlier release heartbeated has none.
    reasons = reasons == null ? List.of() : List.copyOf(reasons);
  }

  /** With what was seen up to {@code hi}; null is the end. */
  TablesSoFar and(@Nullable List<String> hi, long rows, List<Differing> seen, long blind) {
    List<Differing> listed = new ArrayList<>(differing);
    long characters = listed.stream().mapToLong(TablesSoFar::characters).sum();
    long more = 0;
    for (Differing each : seen) {
      if (listed.size() < MOST_LISTED && characters < MOST_CHARACTERS) {
        listed.add(each);
        characters += characters(each);
      } else {
        more++;
      }
    }
    return new TablesSoFar(
        hi,
        hi == null,
        compared + rows,
        listed,
        unlisted + more,
        unseen + blind,
        explained,
        reasons);
  }

  /** Up to {@code key}, without having looked. */
  TablesSoFar skipped(List<String> key) {
    return new TablesSoFar(key, false, compared, differing, unlisted, unseen, explained, reasons);
  }

  /** At the end. */
  TablesSoFar ended() {
    return new TablesSoFar(cursor, true, compared, differing, unlisted, unseen, explained, reasons);
  }

  /** With what still differs after another look. */
  TablesSoFar still(List<Differing> left) {
    return new TablesSoFar(
        cursor,
        walked,
        compared,
        left,
        unlisted,
        unseen,
        explained + differing.size() - left.size(),
        reasons);
  }

  /** With a reason why something could not be compared, unless it is known. */
  TablesSoFar because(String reason) {
    if (reasons.contains(reason) || reasons.size() >= MOST_REASONS) {
      return this;
    }
    List<String> all = new ArrayList<>(reasons);
    all.add(reason);
    return new TablesSoFar(cursor, walked, compared, differing, unlisted, unseen, explained, all);
  }

  /** What is told of it in the end. */
  Comparison of(MovePlan move) {
    long missing = count(Kind.MISSING);
    long different = count(Kind.DIFFERENT) + unlisted;
    long notComparable = count(Kind.NOT_COMPARABLE) + unseen;
    String to = Quoting.readable(move.target());
    return new Comparison(
        move.number(),
        compared,
        missing,
        count(Kind.EXTRA),
        different,
        notComparable,
        explained,
        Math.max(0, compared - missing - different - notComparable),
        0,
        differing.stream()
            .limit(EXAMPLES)
            .map(each -> new Difference(to, String.join(",", each.key()), each.kind()))
            .toList(),
        Instant.now().toString(),
        notComparable == 0 ? List.of() : reasons);
  }

  private long count(Kind kind) {
    return differing.stream().filter(each -> each.kind().equals(kind.label())).count();
  }

  private static long characters(Differing differing) {
    return differing.key().stream().mapToLong(String::length).sum();
  }
}
