package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One target filled from one source.
 *
 * @param from the source table
 * @param to the target table; the same as {@code from} for a move in place
 * @param columns target column to SQL over the source row, in the order of the spec; a copy takes
 *     same-named columns over by itself
 * @param ignore same-named columns a copy leaves out
 * @param where which source rows belong to the target; null for all
 * @param key columns of the unique index of the source to walk along; empty for the primary key
 * @param reverse source column to SQL over the target row, used from {@code writes} on; a copy
 *     takes same-named columns back by itself
 * @param follows whether the old side follows from {@code writes} on: the spec has a {@code
 *     reverse}, be it an empty one
 * @param joins tables whose rows of the same key are part of the source row, in the order of the
 *     spec; empty unless this is a merge by join
 * @param owns a predicate over a target row that is true for exactly the rows of this move; null
 *     when all are
 * @param sync how the target follows until {@code writes}
 * @param fires triggers of a table filled in place that may fire for every row that is filled
 * @param compare how columns are compared where not exactly, in the order of the spec. Not in the
 *     JSON when empty: a plan made before it was known keeps its hash
 * @param deepCheck rows that are compared in every round; null for none
 * @param window the latest rows, compared in every round; null for none
 * @param groupBy columns of the target by which rows are counted, and numbers added up, on both
 *     sides; empty for none
 */
public record Move(
    TableName from,
    TableName to,
    Map<String, String> columns,
    List<String> ignore,
    @Nullable String where,
    List<String> key,
    Map<String, String> reverse,
    boolean follows,
    List<Join> joins,
    @Nullable String owns,
    Sync sync,
    List<String> fires,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, CompareRule> compare,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DeepCheck deepCheck,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RecentRows window,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> groupBy) {
  public Move {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    ignore = List.copyOf(ignore);
    key = List.copyOf(key);
    reverse = Collections.unmodifiableMap(new LinkedHashMap<>(reverse));
    // A spec recorded by an earlier release has none of these.
    joins = joins == null ? List.of() : List.copyOf(joins);
    sync = sync == null ? Sync.TRAILING : sync;
    fires = fires == null ? List.of() : List.copyOf(fires);
    compare =
        compare == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(compare));
    groupBy = groupBy == null ? List.of() : List.copyOf(groupBy);
  }

  /** A move of one source that fills its whole target, trailing. */
  public Move(
      TableName from,
      TableName to,
      Map<String, String> columns,
      List<String> ignore,
      @Nullable String where,
      List<String> key,
      Map<String, String> reverse,
      boolean follows) {
    this(
        from,
        to,
        columns,
        ignore,
        where,
        key,
        reverse,
        follows,
        List.of(),
        null,
        Sync.TRAILING,
        List.of(),
        Map.of(),
        null,
        null,
        List.of());
  }

  /** A move whose old side follows when {@code reverse} has anything in it. */
  public Move(
      TableName from,
      TableName to,
      Map<String, String> columns,
      List<String> ignore,
      @Nullable String where,
      List<String> key,
      Map<String, String> reverse) {
    this(from, to, columns, ignore, where, key, reverse, !reverse.isEmpty());
  }

  /** The same compared in that way. */
  public Move withCompare(Map<String, CompareRule> rules) {
    return new Move(
        from, to, columns, ignore, where, key, reverse, follows, joins, owns, sync, fires, rules,
        deepCheck, window, groupBy);
  }

  /** Whether source and target are one table. */
  public boolean inPlace() {
    return from.equals(to);
  }

  /** The same of two tables as they are: nothing follows back, and no trigger has a say. */
  Move asItIs() {
    return new Move(
        from,
        to,
        columns,
        ignore,
        where,
        key,
        Map.of(),
        false,
        joins,
        owns,
        Sync.TRAILING,
        List.of(),
        forth(),
        null,
        null,
        List.of());
  }

  // What is said of columns that come back alone has nothing to be said of.
  private Map<String, CompareRule> forth() {
    Map<String, CompareRule> rules = new LinkedHashMap<>(compare);
    rules.keySet().removeIf(name -> reverse.containsKey(name) && !columns.containsKey(name));
    return rules;
  }
}
