package dev.kedge.capture;

import dev.kedge.activity.CaptureActivities;
import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.RangeMaker;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.registry.Timeline;
import java.sql.SQLException;

/** {@link CaptureActivities} on PostgreSQL, for both kinds of moves. */
public final class PostgresCaptureActivities implements CaptureActivities {
  private final Databases databases;
  private final MoveWork installInPlace;
  private final MoveWork removeInPlace;

  /** Triggers of moves in place are made and removed by the two given. */
  public PostgresCaptureActivities(
      Databases databases, MoveWork installInPlace, MoveWork removeInPlace) {
    this.databases = databases;
    this.installInPlace = installInPlace;
    this.removeInPlace = removeInPlace;
  }

  @Override
  public void installCapture(MoveScope request) {
    run(request, "installing capture of ", this::install);
  }

  @Override
  public void removeCapture(MoveScope request) {
    run(request, "removing capture of ", this::remove);
  }

  private void install(Database database, MoveScope request) throws SQLException {
    Timeline.check(database, request.scope());
    if (copies(request)) {
      new CopyCapture(database, request).install();
      return;
    }
    installInPlace.run(database, request);
    ranges(database, request, true);
  }

  private void remove(Database database, MoveScope request) throws SQLException {
    if (copies(request)) {
      new CopyCapture(database, request).remove();
      return;
    }
    removeInPlace.run(database, request);
    ranges(database, request, false);
  }

  private static void ranges(Database database, MoveScope request, boolean make)
      throws SQLException {
    int move = request.move().number();
    database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "capture"),
        sql -> {
          StepFence.take(sql, request.scope(), "capture/ranges/" + move);
          long id = Migrations.id(sql, request.scope());
          if (make) {
            RangeMaker.make(sql, id, request.move(), request.scope().epoch());
          } else {
            RangeMaker.forget(sql, id, move);
          }
          return "";
        });
  }

  private static boolean copies(MoveScope request) {
    return request.move().kind() == MovePlan.Kind.COPY;
  }

  private void run(MoveScope request, String doing, MoveWork work) {
    try {
      work.run(databases.get(request.scope().database()), request);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, doing + request.move().source());
    }
  }
}
