package dev.kedge.inplace;

import dev.kedge.activity.Failures;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.List;

/** BEFORE triggers of the table that fire after ours and could change what ours has read. */
final class LaterTriggers {
  private LaterTriggers() {}

  /** Fails with {@link Failures#REFUSED}, naming them; those that are disabled now count, too. */
  static void refuse(Sql sql, InPlaceNames names) throws SQLException {
    String ours = names.bareTrigger(Half.BOTH);
    List<String> later =
        sql.list(CaptureSql.LATER_TRIGGERS, row -> row.getString("name"), names.table(), ours);
    if (!later.isEmpty()) {
      throw Failures.refused(
          """
          trigger %s on %s fires after ours (%s) and could change what ours has read; BEFORE \
          triggers fire in the order of their names
          help: ALTER TRIGGER … ON … RENAME TO a name that sorts before zzzz_kedge"""
              .formatted(String.join(", ", later), names.table(), ours));
    }
  }
}
