package dev.kedge.reconcile;

import dev.kedge.projection.KeyRange;
import java.sql.SQLException;
import java.util.List;

/** Compares rows in one short snapshot. Writes nothing. */
interface Matcher {
  /**
   * Compares the first rows of {@code rest}, at most {@code rows} of either side; what was looked
   * at is in the answer. Fails with {@link CannotCompare} when these rows cannot be compared.
   *
   * @param range the ledger's range they belong to
   */
  Seen next(int range, KeyRange rest, int rows) throws SQLException;

  /** Keys of the side that follows, of a range that has few of them. */
  List<List<String>> followers(KeyRange range) throws SQLException;

  /**
   * Keys among the first rows of {@code rest}, at most {@code rows} of the truth's side, that a
   * predicate over a source row means.
   */
  DeepRows.Found meant(KeyRange rest, int rows, String predicate) throws SQLException;

  /** Compares the rows of {@code keys}. */
  Seen keys(List<List<String>> keys) throws SQLException;
}
