package dev.kedge.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.kedge.spec.Sync;
import dev.kedge.spec.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One move, resolved against the catalog: all that the engine needs to know of it.
 *
 * @param number its place in the spec, from 1; part of the names of what is installed for it
 * @param kind in place or copy
 * @param source the table that is read until {@code writes}
 * @param target the table that is filled; the source itself in place
 * @param key the columns of the cursor key, in index order; at least one, unless it is a comparison
 *     of tables without a usable one
 * @param columns what the projection writes into the target: for a copy all columns, key included;
 *     in place only the new ones
 * @param where which source rows belong to the target; null for all
 * @param reverse what the reverse projection writes into the source from {@code writes} on: for a
 *     copy key included, in place only the old ones; empty when the old side does not follow
 * @param lanes how many ranges are filled at once unless tuned
 * @param chunk the time one transaction aims at
 * @param estimatedRows rows of the source as the statistics had it at plan time; -1 when unknown
 * @param owns a predicate over a target row that is true for exactly the rows of this move and
 *     reads only columns in {@code columns}; null when all are. Made of the spec's {@code owns} of
 *     all moves into the target, see {@link Ownership}
 * @param joins tables whose rows of the same key are part of the source row; the source row an
 *     expression reads is then the joined one
 * @param sync how the target follows until {@code writes}
 * @param together numbers of all moves that hand over with this one in one transaction, rising,
 *     itself among them: copies that share a table
 * @param quiet whether rows are filled in place without firing the table's ordinary triggers
 * @param quarantine whether rows that cannot be taken over are passed over and kept by key, instead
 *     of stopping the migration. Not in the JSON when not: a plan made before it was known keeps
 *     its hash
 */
public record MovePlan(
    int number,
    Kind kind,
    TableName source,
    TableName target,
    List<KeyColumn> key,
    List<ProjectedColumn> columns,
    @Nullable String where,
    List<ProjectedColumn> reverse,
    int lanes,
    Duration chunk,
    long estimatedRows,
    @Nullable String owns,
    List<JoinedTable> joins,
    Sync sync,
    List<Integer> together,
    boolean quiet,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean quarantine) {

  /** Whether a move stays within its table. */
  public enum Kind {
    IN_PLACE,
    COPY
  }

  public MovePlan {
    key = List.copyOf(key);
    columns = List.copyOf(columns);
    reverse = List.copyOf(reverse);
    // A plan recorded by an earlier release has none of these.
    joins = joins == null ? List.of() : List.copyOf(joins);
    sync = sync == null ? Sync.TRAILING : sync;
    together = together == null ? List.of(number) : List.copyOf(together);
  }

  /** A move of one source that fills its whole target, trailing, and hands over alone. */
  public MovePlan(
      int number,
      Kind kind,
      TableName source,
      TableName target,
      List<KeyColumn> key,
      List<ProjectedColumn> columns,
      @Nullable String where,
      List<ProjectedColumn> reverse,
      int lanes,
      Duration chunk,
      long estimatedRows) {
    this(
        number,
        kind,
        source,
        target,
        key,
        columns,
        where,
        reverse,
        lanes,
        chunk,
        estimatedRows,
        null,
        List.of(),
        Sync.TRAILING,
        List.of(number),
        false);
  }

  /** A move that stops at a row that cannot be taken over. */
  public MovePlan(
      int number,
      Kind kind,
      TableName source,
      TableName target,
      List<KeyColumn> key,
      List<ProjectedColumn> columns,
      @Nullable String where,
      List<ProjectedColumn> reverse,
      int lanes,
      Duration chunk,
      long estimatedRows,
      @Nullable String owns,
      List<JoinedTable> joins,
      Sync sync,
      List<Integer> together,
      boolean quiet) {
    this(
        number,
        kind,
        source,
        target,
        key,
        columns,
        where,
        reverse,
        lanes,
        chunk,
        estimatedRows,
        owns,
        joins,
        sync,
        together,
        quiet,
        false);
  }

  /** The tables its rows are read from: the source, then what is joined to it. */
  public List<TableName> sources() {
    List<TableName> sources = new ArrayList<>(List.of(source));
    joins.forEach(join -> sources.add(join.table()));
    return List.copyOf(sources);
  }

  /** All tables it reads or fills: the source, what is joined to it, the target. */
  public List<TableName> tables() {
    List<TableName> tables = new ArrayList<>(sources());
    tables.add(target);
    return tables.stream().distinct().toList();
  }

  /** Whether it is the one that hands over for its group: the lowest number. */
  public boolean leads() {
    return together.get(0) == number;
  }

  /** The same with another aim for a chunk's time. */
  public MovePlan withChunk(Duration aim) {
    return with(aim, owns, joins, sync, together, quiet, quarantine);
  }

  /** The same as one of several into its target, or of several tables. */
  MovePlan withMerge(@Nullable String part, List<JoinedTable> joined) {
    return with(chunk, part, joined, sync, together, quiet, quarantine);
  }

  /** The same with the table's ordinary triggers silent or not. */
  public MovePlan withQuiet(boolean silent) {
    return with(chunk, owns, joins, sync, together, silent, quarantine);
  }

  /** The same with rows that cannot be taken over passed over or not. */
  public MovePlan withQuarantine(boolean passesOver) {
    return with(chunk, owns, joins, sync, together, quiet, passesOver);
  }

  /** The same in a group that hands over together. */
  public MovePlan withTogether(List<Integer> group) {
    return with(chunk, owns, joins, sync, group, quiet, quarantine);
  }

  /** The same followed in another way. */
  public MovePlan withSync(Sync way) {
    return with(chunk, owns, joins, way, together, quiet, quarantine);
  }

  private MovePlan with(
      Duration aim,
      @Nullable String part,
      List<JoinedTable> joined,
      Sync way,
      List<Integer> group,
      boolean silent,
      boolean passesOver) {
    return new MovePlan(
        number,
        kind,
        source,
        target,
        key,
        columns,
        where,
        reverse,
        lanes,
        aim,
        estimatedRows,
        part,
        joined,
        way,
        group,
        silent,
        passesOver);
  }
}
