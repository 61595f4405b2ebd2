package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
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
  private final long migration;
  private final Direction direction;
  private final TailRow tail;
  private final Quarantine quarantine;
  private final Applier applier;

  QuarantineRetry(Database database, MoveScope request, long migration, Direction direction) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.direction = direction;
    this.tail = new TailRow(request, migration);
    this.quarantine = new Quarantine(request, migration);
    this.applier = new Applier(direction.projection());
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
    sql.execute(RoundSql.open(direction.projection(), direction.log()));
    if (!tail.hold(sql)) {
      throw Migrations.over(request.scope());
    }
    TailRow.Look look = tail.look(sql).orElseThrow();
    if (look.outside() > 0 || !look.writing().equals(direction.writing()) || look.synchronous()) {
      return false;
    }
    CaptureState.check(sql, migration, request.move());
    Partitions.requireLogged(sql, migration, request.move());
    KeySet scope = KeySet.of(key.size(), List.of(key));
    applier.converge(sql, List.of(scope));
    quarantine.forget(sql, direction.projection(), scope);
    Partitions.confirm(sql, migration, request.move());
    return true;
  }
}
