package dev.kedge.reconcile;

import dev.kedge.projection.KeyRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one snapshot showed of a range or of some keys.
 *
 * @param moment the snapshot
 * @param range what was looked at; everything for keys
 * @param counts how many rows
 * @param keys those that differ; when asked by key, the equal ones, too
 * @param groups of a range, when they are asked for
 */
record Seen(Moment moment, KeyRange range, Counts counts, List<KeySeen> keys, List<Group> groups) {
  Seen {
    keys = List.copyOf(keys);
    groups = List.copyOf(groups);
  }

  Seen(Moment moment, KeyRange range, Counts counts, List<KeySeen> keys) {
    this(moment, range, counts, keys, List.of());
  }

  /**
   * How many rows a range has.
   *
   * @param compared of the truth's side
   * @param following of the other side; in place the same rows
   * @param forward that agree; in place those where new = P(old)
   * @param reverse in place: that agree only as old = R(new)
   * @param digest the sum of the digests of the truth's rows, a whole number
   */
  record Counts(long compared, long following, long forward, long reverse, String digest) {
    static final Counts NONE = new Counts(0, 0, 0, 0, "0");
  }

  /** Differences that nothing explains. */
  List<KeySeen> real() {
    return keys.stream().filter(key -> key.kind() != null && !key.explained()).toList();
  }

  /** Differences that the log explains. */
  List<List<String>> explained() {
    return keys.stream()
        .filter(key -> key.kind() != null && key.explained())
        .map(KeySeen::key)
        .toList();
  }

  List<List<String>> equal() {
    return keys.stream().filter(key -> key.kind() == null).map(KeySeen::key).toList();
  }

  long count(Kind kind) {
    return real().stream().filter(key -> key.kind() == kind).count();
  }

  /**
   * One key.
   *
   * @param key as text of the truth's key type
   * @param kind null when equal
   * @param explained whether the log has it and the follower has not applied it
   */
  record KeySeen(List<String> key, @Nullable Kind kind, boolean explained) {
    KeySeen {
      key = List.copyOf(key);
    }
  }
}
