package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;

/**
 * What the ledger says of a move's triggers. They count as on only while their rows in the catalog
 * are the very ones that were made: who disables a trigger and enables it again leaves everything
 * as it was but xmin, and rows that nobody filled.
 */
record CapturedMove(InPlaceNames names) {

  /** The half that is to be on: by which columns are the writing side. */
  Half half(Sql sql) throws SQLException {
    return sql.first(
            CaptureSql.WRITING,
            row -> row.getString("writing").equals("new") ? Half.BOTH : Half.FILL,
            names.migration(),
            names.move())
        .orElse(Half.FILL);
  }

  /** Notes the triggers as they are now. */
  void installed(Sql sql) throws SQLException {
    sql.update(
        CaptureSql.INSTALLED,
        names.table(),
        names.bareTriggers(),
        names.table(),
        names.table(),
        names.migration(),
        names.move());
  }

  /** Notes which columns are the writing side now, and the triggers as they are. */
  void switched(Sql sql, Half half) throws SQLException {
    sql.update(
        CaptureSql.SWITCHED,
        half == Half.BOTH ? "new" : "old",
        names.table(),
        names.bareTriggers(),
        names.migration(),
        names.move());
  }

  boolean isIntact(Sql sql) throws SQLException {
    return sql.first(
            CaptureSql.INTACT,
            row -> row.getBoolean("intact"),
            names.table(),
            names.bareTriggers(),
            names.migration(),
            names.move())
        .orElse(false);
  }

  /** Fails with {@link Failures#CATALOG_DIFFERS} unless they count as on. */
  void check(Sql sql) throws SQLException {
    if (!isIntact(sql)) {
      throw Failures.catalogDiffers(
          """
          the triggers of %s on %s are not as they were left (missing, disabled, or switched off \
          and on again), so rows may have been written without them
          help: what was written since then may not have what follows; roll back and start again"""
              .formatted(names.name(), names.table()));
    }
  }
}
