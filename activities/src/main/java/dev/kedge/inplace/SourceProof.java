package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.activity.MoveScope;
import dev.kedge.plan.Catalog.Comparison;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Fills, and proves that the columns the move reads are in every filled row what they were before.
 * The statement is the same for all rows, so what it does wrong shows in the first chunk; whatever
 * else could change a row is a trigger or a rule of the table. Proven are the first chunk, and
 * every chunk while one of those may fire. To look at every row costs three tenths of filling it.
 */
final class SourceProof {
  private final InPlaceNames names;
  private final List<ProjectedColumn> reads;
  private volatile boolean proven;

  private SourceProof(InPlaceNames names, List<ProjectedColumn> reads) {
    this.names = names;
    this.reads = List.copyOf(reads);
  }

  /** What one statement did to the columns that are read. */
  private record Filled(long rows, String before, String after, long changed) {
    static Filled of(ResultSet row) throws SQLException {
      return new Filled(
          row.getLong("rows"),
          row.getString("before"),
          row.getString("after"),
          row.getLong("changed"));
    }
  }

  /** Keeps which columns the expressions of the new ones read. */
  static void remember(Sql sql, InPlaceNames names, MovePlan move) throws SQLException {
    List<String> written = move.columns().stream().map(ProjectedColumn::column).toList();
    Probe.of(
        sql,
        move,
        move.columns(),
        view ->
            sql.update(
                CaptureSql.READS, view, names.table(), written, names.migration(), names.move()));
  }

  /** The proof of a move; nothing is proven of one that an earlier release installed. */
  static SourceProof of(Sql sql, InPlaceNames names) throws SQLException {
    return new SourceProof(
        names,
        sql.list(
            SourceProofSql.READS,
            row ->
                new ProjectedColumn(
                    row.getString("name"),
                    row.getString("type"),
                    Quoting.name(row.getString("name")),
                    Comparison.PLAIN,
                    false),
            names.migration(),
            names.move()));
  }

  /**
   * Returns how many rows were not right before. Fails with {@link Failures#CATALOG_DIFFERS} when
   * our own statement changed what it reads: then nothing was filled.
   */
  long fill(Sql sql, MoveScope scope, KeyRange range) throws SQLException {
    if (reads.isEmpty() || (proven && !othersFire(sql))) {
      Fragment fill = FillSql.fill(scope.move(), range);
      return sql.update(fill.text(), fill.values());
    }
    Fragment fill = SourceProofSql.fill(scope.move(), range, reads);
    Filled filled = sql.one(fill.text(), Filled::of, fill.values());
    // The statement's lock keeps the table's triggers as they were when it began.
    if (filled.changed() > 0 && !othersFire(sql)) {
      throw changed(filled);
    }
    note(sql, filled);
    proven = true;
    return filled.rows();
  }

  private boolean othersFire(Sql sql) throws SQLException {
    return sql.one(
        SourceProofSql.OTHERS_FIRE, row -> row.getBoolean("fires"), names.table(), names.table());
  }

  private void note(Sql sql, Filled filled) throws SQLException {
    sql.update(
        SourceProofSql.NOTE,
        names.migration(),
        names.move(),
        filled.rows(),
        filled.before(),
        filled.after(),
        filled.changed());
  }

  private RuntimeException changed(Filled filled) {
    return Failures.catalogDiffers(
        """
        filling %s changed what it reads (%s) in %d of %d rows, and no trigger of the table did; \
        these rows were left as they were
        help: this is a bug of Kedge; `rollback` undoes, and please report it"""
            .formatted(
                names.table(),
                reads.stream().map(ProjectedColumn::column).collect(Collectors.joining(", ")),
                filled.changed(),
                filled.rows()));
  }
}
