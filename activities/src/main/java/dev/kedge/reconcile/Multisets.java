package dev.kedge.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What two tables without a usable key come to as multisets: how often each row is there, whatever
 * the order.
 *
 * @param wanted rows that the projection yields
 * @param there rows of the other side
 * @param missing how many of the wanted ones have no counterpart
 * @param extra how many on the other side have none
 * @param odd rows whose counts differ, at most {@value MultisetSql#NAMED} a bucket
 * @param reason why nothing, or not all, could be compared, which is no match; null when all was
 */
record Multisets(
    long wanted, long there, long missing, long extra, List<Odd> odd, @Nullable String reason) {
  Multisets {
    odd = List.copyOf(odd);
  }

  /** That nothing could be compared. */
  static Multisets notComparable(String reason) {
    return new Multisets(0, 0, 0, 0, List.of(), reason);
  }

  /** Whether both sides are the same; never when something could not be compared. */
  boolean proven() {
    return reason == null && missing == 0 && extra == 0;
  }

  /**
   * A row that is there more often on one side.
   *
   * @param content SHA-256 of what it is compared by: a name, that tells no value
   * @param place where one of it lies on the other side, as {@code ctid}; null when none does
   * @param wanted how often the projection yields it
   * @param there how often the other side has it
   */
  record Odd(String content, @Nullable String place, long wanted, long there) {}
}
