package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.util.List;

/**
 * Tries what is in quarantine again, one row a transaction, under the tail's fence. It is a round
 * of that one key which leaves the window to be applied: whatever was captured comes again.
 */
final class QuarantineRetry {
  private final Database database;
  private final MoveScope request;
  private final Direction direction;
  private final Quarantine quarantine;
  private final SomeKeys some;

  QuarantineRetry(Database database, MoveScope request, long migration, Direction direction) {
    this.database = database;
    this.request = request;
    this.direction = direction;
    this.quarantine = new Quarantine(request, migration);
    this.some = new SomeKeys(request, migration, direction);
  }

  /** Tries all that are due. */
  void run() throws SQLException {
    for (List<String> key : due()) {
      try {
        database.inTransaction(
            Transaction.repeatableRead(request.scope().migration(), "tail").relaxed(),
            sql -> in(sql, key));
      } catch (SQLException e) {
        if (!BadKeys.isMeant(request.move(), e)) {
          throw e;
        }
        quarantine.note(database, key, e);
      }
    }
  }

  private List<List<String>> due() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(), quarantine::due);
  }

  private boolean in(Sql sql, List<String> key) throws SQLException {
    KeySet scope = KeySet.of(key.size(), List.of(key));
    boolean applied = some.apply(sql, same -> scope);
    if (applied) {
      quarantine.forget(sql, direction.projection(), scope);
    }
    return applied;
  }
}
