package dev.kedge.cutover;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.CopyEngine;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Fixture;
import dev.kedge.postgres.PostgresExtension;
import dev.kedge.postgres.Transaction;
import dev.kedge.synchronous.LookRound;
import dev.kedge.synchronous.SyncFunctions;
import java.sql.SQLException;
import java.time.Duration;

/** A copy that is filled and to be followed synchronously, one step of its tail at a time. */
public final class SyncMove {
  private final PostgresExtension postgres;
  private final CopyEngine engine;
  private Settle settle;

  private SyncMove(PostgresExtension postgres, CopyEngine engine) throws SQLException {
    this.postgres = postgres;
    this.engine = engine;
    this.settle = new Settle(engine.database(), engine.scope(), 1);
  }

  /** Copies everything, and asks for the flip. */
  public static SyncMove filled(PostgresExtension postgres, MovePlan move) throws SQLException {
    CopyEngine engine = CopyEngine.start(postgres, move);
    engine.lane();
    engine.round();
    return new SyncMove(postgres, engine).asked();
  }

  /** The same, flipped. */
  public static SyncMove flipped(PostgresExtension postgres, MovePlan move) throws SQLException {
    SyncMove sync = filled(postgres, move);
    sync.flip();
    return sync;
  }

  private SyncMove asked() throws SQLException {
    engine
        .database()
        .inTransaction(
            Transaction.readCommitted("m", "ddl"),
            sql -> {
              SyncFunctions.make(sql, 1, engine.scope());
              return "";
            });
    ask();
    return this;
  }

  /** Asks for it at the current epoch. */
  void ask() throws SQLException {
    postgres.run("UPDATE kedge.move SET flip_epoch = (SELECT epoch FROM kedge.migration)");
  }

  CopyEngine engine() {
    return engine;
  }

  /** On whose behalf. */
  public MoveScope scope() {
    return engine.scope();
  }

  TailRow.Look tail() throws SQLException {
    return new TailRow(scope(), 1).look(engine.database()).orElseThrow();
  }

  Flip flip(Duration hold) {
    return new Flip(engine.database(), scope(), 1, hold);
  }

  /** Flips, however often it takes. */
  public void flip() throws SQLException {
    while (!tail().synchronous()) {
      flip(Duration.ofSeconds(5)).attempt(tail());
    }
  }

  /** One round that looks. */
  public LookRound.Seen look() throws SQLException {
    return new LookRound(engine.database(), scope(), 1).run();
  }

  /** One step of settling; returns how the target follows then. */
  String settle() throws SQLException {
    settle.attempt(tail());
    return tail().following();
  }

  /** What a tail that begins anew does. */
  void forgetWaiting() {
    settle = new Settle(engine.database(), scope(), 1);
  }

  /** Settles, with nobody in the way. */
  public void untilSettled() throws SQLException {
    for (int i = 0; i < 20 && !settle().equals("settled"); i++) {
      Thread.onSpinWait();
    }
    if (!tail().following().equals("settled")) {
      throw new AssertionError(
          "does not settle: " + Fixture.value(postgres, "SELECT blocked FROM kedge.move"));
    }
  }
}
