package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.Partitions;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Work;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.util.List;

/**
 * Applies some keys alone, in a REPEATABLE READ transaction of the tail, and leaves the window as
 * it is: what was captured of them is applied once more by the round that takes it.
 */
final class SomeKeys {
  private final MoveScope request;
  private final long migration;
  private final Direction direction;
  private final TailRow tail;
  private final Applier applier;

  SomeKeys(MoveScope request, long migration, Direction direction) {
    this.request = request;
    this.migration = migration;
    this.direction = direction;
    this.tail = new TailRow(request, migration);
    this.applier = new Applier(direction.projection());
  }

  /**
   * Applies them; false when they are not the tail's to apply any more, and nothing was asked for
   * then. Fails with FENCED when the epoch is over.
   *
   * @param keys which; asked under the fence
   */
  boolean apply(Sql sql, Work<KeySet> keys) throws SQLException {
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
    applier.converge(sql, List.of(keys.in(sql)));
    Partitions.confirm(sql, migration, request.move());
    return true;
  }
}
