package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.activity.Scope;
import dev.kedge.backfill.Pause;
import dev.kedge.drift.DriftWatch;
import dev.kedge.ledger.Migrations;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Databases;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.registry.Timeline;
import dev.kedge.schema.Pulse;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * {@link CutoverActivities} on PostgreSQL. A copy's side is changed by its tail, the only one who
 * knows what is applied; here it is asked for and waited for.
 */
public final class PostgresCutoverActivities implements CutoverActivities {
  private static final long POLL_MILLIS = 50;
  // The hold is noted right after the commit; should that note be lost, it stays unknown.
  private static final int LOOKS_FOR_HOLD = 40;

  private final Databases databases;
  private final SideWork handOverInPlace;
  private final SideWork handBackInPlace;

  /** Moves in place are changed by the two given. */
  public PostgresCutoverActivities(
      Databases databases, SideWork handOverInPlace, SideWork handBackInPlace) {
    this.databases = databases;
    this.handOverInPlace = handOverInPlace;
    this.handBackInPlace = handBackInPlace;
  }

  @Override
  public HandoverResult handOver(MoveScope request) {
    return run(request, handOverInPlace, "new");
  }

  @Override
  public HandoverResult handBack(MoveScope request) {
    return run(request, handBackInPlace, "old");
  }

  @Override
  public FlipResult flip(MoveScope request) {
    try {
      return new FlipOrder(databases.get(request.scope().database()), request).run();
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "flipping " + request.move().target());
    }
  }

  private HandoverResult run(MoveScope request, SideWork inPlace, String side) {
    try {
      Database database = databases.get(request.scope().database());
      if (side.equals("new")) {
        Timeline.check(database, request.scope());
        new DriftWatch(database, request, Migrations.current(database, request.scope())).look();
      }
      return request.move().kind() == MovePlan.Kind.IN_PLACE
          ? inPlace.run(database, request)
          : ask(database, request, side);
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "handing over " + request.move().source());
    }
  }

  /** Which side is written, and what the tail says of its attempts. */
  private record Look(String writing, @Nullable String handover, @Nullable String blocked) {}

  private static HandoverResult ask(Database database, MoveScope request, String side)
      throws SQLException {
    Pulse pulse = Pulse.ofActivity();
    boolean asked = want(database, request, side);
    Look look = look(database, request);
    while (!switched(database, request, look, side)) {
      String blocked = look.blocked();
      pulse.beat(blocked == null ? "waits for the tail" : blocked);
      Pause.millis(POLL_MILLIS);
      Migrations.current(database, request.scope());
      look = look(database, request);
    }
    return asked || look.handover() != null
        ? result(database, request, look)
        : new HandoverResult(false, 0, null, null, 0);
  }

  /**
   * Asks for all that hand over together; false when the side is written already, or was never
   * anything else.
   */
  private static boolean want(Database database, MoveScope request, String side)
      throws SQLException {
    int leader = request.move().number();
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "handover"),
        sql -> {
          StepFence.take(sql, request.scope(), "writes/handOver/" + leader);
          long id = Migrations.id(sql, request.scope());
          boolean asked = false;
          for (int move : request.move().together()) {
            asked |= want(sql, request.scope(), id, move, side);
          }
          return asked;
        });
  }

  private static boolean want(Sql sql, Scope scope, long id, int move, String side)
      throws SQLException {
    return sql.first(
            HandoverSql.WANT,
            row -> row.getBoolean("asked"),
            side,
            side,
            scope.epoch(),
            side,
            id,
            move,
            side,
            side,
            scope.epoch())
        .orElse(false);
  }

  // One commit switches all; asked for each all the same.
  private static boolean switched(Database database, MoveScope request, Look leader, String side)
      throws SQLException {
    if (!leader.writing().equals(side)) {
      return false;
    }
    for (int move : request.move().together()) {
      if (!look(database, request, move).writing().equals(side)) {
        return false;
      }
    }
    return true;
  }

  private static HandoverResult result(Database database, MoveScope request, Look first)
      throws SQLException {
    HandoverResult result = parse(first.handover());
    for (int i = 0; i < LOOKS_FOR_HOLD && result.holdMillis() == null; i++) {
      Pause.millis(POLL_MILLIS);
      result = parse(look(database, request).handover());
    }
    return result;
  }

  private static Look look(Database database, MoveScope request) throws SQLException {
    return look(database, request, request.move().number());
  }

  private static Look look(Database database, MoveScope request, int move) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(),
        sql ->
            sql.first(
                    HandoverSql.LOOK,
                    row ->
                        new Look(
                            row.getString("writing"),
                            row.getString("handover"),
                            row.getString("blocked")),
                    Migrations.id(sql, request.scope()),
                    move)
                .orElse(new Look("old", null, null)));
  }

  private static HandoverResult parse(@Nullable String json) {
    if (json == null) {
      return new HandoverResult(true, 0, null, null, 0);
    }
    try {
      return Payloads.mapper().readValue(json, HandoverResult.class);
    } catch (JsonProcessingException e) {
      return new HandoverResult(true, 0, null, null, 0);
    }
  }
}
