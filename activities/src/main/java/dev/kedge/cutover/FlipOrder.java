package dev.kedge.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.CutoverActivities.FlipResult;
import dev.kedge.activity.MoveScope;
import dev.kedge.activity.Payloads;
import dev.kedge.backfill.Pause;
import dev.kedge.capture.SyncTriggers;
import dev.kedge.ledger.Migrations;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Transaction;
import dev.kedge.registry.StepFence;
import dev.kedge.schema.DdlRunner;
import dev.kedge.schema.Pulse;
import dev.kedge.synchronous.SyncFunctions;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Makes ready for a flip, asks the tail for it, and waits until it has settled. */
final class FlipOrder {
  private static final long POLL_MILLIS = 50;

  private final Database database;
  private final MoveScope request;
  private final String step;

  FlipOrder(Database database, MoveScope request) {
    this.database = database;
    this.request = request;
    this.step = "reconcile/flip/" + request.move().number();
  }

  /** How the target follows, and what the tail says of its attempts. */
  private record Look(
      String writing, String following, @Nullable String flip, @Nullable String blocked) {
    boolean over() {
      return writing.equals("new") || following.equals("settled");
    }
  }

  FlipResult run() throws SQLException {
    Look look = look();
    if (!look.over()) {
      new DdlRunner()
          .run(
              database,
              request.scope(),
              SyncTriggers.functionsStep(request.move().number()),
              sql -> {
                SyncFunctions.make(sql, Migrations.id(sql, request.scope()), request);
                return "";
              });
      want();
      look = await();
    }
    return look.writing().equals("new") ? new FlipResult(false, 0, null, null) : parse(look.flip());
  }

  private void want() throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "flip"),
        sql -> {
          StepFence.take(sql, request.scope(), step);
          return sql.update(
              FlipSql.WANT,
              request.scope().epoch(),
              Migrations.id(sql, request.scope()),
              request.move().number());
        });
  }

  private Look await() throws SQLException {
    Pulse pulse = Pulse.ofActivity();
    Look look = look();
    while (!look.over()) {
      String blocked = look.blocked();
      pulse.beat(blocked == null ? "waits for the tail" : blocked);
      Pause.millis(POLL_MILLIS);
      Migrations.current(database, request.scope());
      look = look();
    }
    return look;
  }

  private Look look() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(),
        sql ->
            sql.first(
                    FlipSql.LOOK,
                    row ->
                        new Look(
                            row.getString("writing"),
                            row.getString("following"),
                            row.getString("flip"),
                            row.getString("blocked")),
                    Migrations.id(sql, request.scope()),
                    request.move().number())
                .orElseThrow(() -> Migrations.over(request.scope())));
  }

  private static FlipResult parse(@Nullable String json) {
    FlipResult unknown = new FlipResult(true, 0, null, null);
    if (json == null) {
      return unknown;
    }
    try {
      return Payloads.mapper().readValue(json, FlipResult.class);
    } catch (JsonProcessingException e) {
      return unknown;
    }
  }
}
