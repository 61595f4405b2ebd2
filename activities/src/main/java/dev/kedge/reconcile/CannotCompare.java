package dev.kedge.reconcile;

import dev.kedge.projection.KeyRange;
import java.sql.SQLException;

/** A range that was cut, but whose rows could not be compared. */
final class CannotCompare extends SQLException {
  private static final long serialVersionUID = 1;

  private final transient KeyRange range;
  private final SQLException error;

  CannotCompare(SQLException error, KeyRange range) {
    super(error.getMessage(), error.getSQLState(), error);
    this.error = error;
    this.range = range;
  }

  /** What could not be compared. */
  KeyRange range() {
    return range;
  }

  /** The server's own error. */
  SQLException error() {
    return error;
  }
}
