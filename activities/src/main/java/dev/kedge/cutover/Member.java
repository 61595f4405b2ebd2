package dev.kedge.cutover;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.Direction;
import dev.kedge.backfill.Window;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.RecordedPlans;
import dev.kedge.synchronous.MoveRounds;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** One of the moves that hand over together, fenced by its own tail's row. */
record Member(MoveScope scope, long migration, TailRow tail) {
  /** One move alone. */
  static Member of(MoveScope scope, long migration) {
    return new Member(scope, migration, new TailRow(scope, migration));
  }

  /** The moves that hand over with one, itself among them, in rising order. */
  static List<Member> of(Database database, MoveScope request, long migration) throws SQLException {
    List<Integer> together = request.move().together();
    if (together.size() == 1) {
      return List.of(of(request, migration));
    }
    Plan plan =
        database
            .inTransaction(
                Transaction.readCommitted(request.scope().migration(), "look"),
                sql -> RecordedPlans.find(sql, request.scope().migration()))
            .orElseThrow(() -> Migrations.over(request.scope()));
    return together.stream()
        .map(number -> of(new MoveScope(request.scope(), plan.move(number)), migration))
        .toList();
  }

  MovePlan move() {
    return scope.move();
  }

  /** Whether anybody reads the written side's log: the old side may stay as it is. */
  boolean follows(TailRow.Look look) {
    return look.forward() || !move().reverse().isEmpty();
  }

  Direction direction(TailRow.Look look) {
    return look.forward()
        ? Direction.forward(migration, move())
        : Direction.reverse(migration, move());
  }

  /** Takes its row, until the transaction ends; fails with FENCED when the epoch is over. */
  TailRow.Look hold(Sql sql) throws SQLException {
    if (!tail.hold(sql)) {
      throw Migrations.over(scope.scope());
    }
    return tail.look(sql).orElseThrow(() -> Migrations.over(scope.scope()));
  }

  // A round over more takes longer than others should wait for its fence.
  private static final long MANY_WRITES = 20_000;

  /** How far a move is with what a handover needs of it. */
  enum Stand {
    /** It is not to change its side yet, or has ranges outside its tail. */
    EARLY,

    /** Much was captured that its own tail has to apply first. */
    BEHIND,
    READY
  }

  Stand stand(Database database) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.scope().migration(), "look").relaxed(),
        sql -> {
          TailRow.Look look = current(tail.look(sql));
          if (look.wanted() == null || look.outside() > 0) {
            return Stand.EARLY;
          }
          String applied = look.applied();
          return applied != null
                  && follows(look)
                  && Window.exceeds(sql, direction(look).log(), applied, MANY_WRITES)
              ? Stand.BEHIND
              : Stand.READY;
        });
  }

  /**
   * Applies what was captured. Its own tail may be doing just that: then nothing is left to do
   * here.
   *
   * @return how many keys that were
   */
  long round(Database database) throws SQLException {
    TailRow.Look look = current(tail.look(database));
    if (!follows(look)) {
      return 0;
    }
    try {
      return new MoveRounds(database, scope, migration).run(look).keys();
    } catch (SQLException e) {
      if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
        throw e;
      }
      return 0;
    }
  }

  private TailRow.Look current(Optional<TailRow.Look> found) {
    return found.filter(TailRow.Look::current).orElseThrow(() -> Migrations.over(scope.scope()));
  }
}
