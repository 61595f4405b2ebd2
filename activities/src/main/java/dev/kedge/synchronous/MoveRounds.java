package dev.kedge.synchronous;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.GivingWay;
import dev.kedge.backfill.TailRound;
import dev.kedge.backfill.TailTurn;
import dev.kedge.ledger.TailRow;
import dev.kedge.postgres.Database;
import java.sql.SQLException;

/** The round that a move needs as it stands now: one that applies, or one that looks. */
public final class MoveRounds implements TailTurn.Rounds {
  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final GivingWay way;

  public MoveRounds(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.way = new GivingWay(database, request.scope().migration());
  }

  @Override
  public TailRound.Done run(TailRow.Look look) throws SQLException {
    if (look.synchronous()) {
      return new LookRound(database, request, migration).run().done();
    }
    Direction direction =
        look.forward()
            ? Direction.forward(migration, request.move())
            : Direction.reverse(migration, request.move());
    return new TailRound(database, request, migration, direction, way).run();
  }
}
