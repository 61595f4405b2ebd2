package dev.kedge.spec;

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
 */
public record Move(
    TableName from,
    TableName to,
    Map<String, String> columns,
    List<String> ignore,
    @Nullable String where,
    List<String> key,
    Map<String, String> reverse,
    boolean follows) {
  public Move {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(to, "to");
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    ignore = List.copyOf(ignore);
    key = List.copyOf(key);
    reverse = Collections.unmodifiableMap(new LinkedHashMap<>(reverse));
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

  /** Whether source and target are one table. */
  public boolean inPlace() {
    return from.equals(to);
  }
}
