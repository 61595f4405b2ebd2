package dev.kedge.backfill;

import dev.kedge.backfill.Collision.Take;
import dev.kedge.capture.CaptureState;
import dev.kedge.capture.KeyLog;
import dev.kedge.capture.Partitions;
import dev.kedge.ledger.Claim;
import dev.kedge.ledger.Ledger;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.Projection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Applies the keys captured in a lane's own range. Keys above the cursor are discarded, which is
 * exact only because the range's fence is held: the chunk that will copy them has a later snapshot.
 */
final class RangeRound {
  private final Database database;
  private final Ledger ledger;
  private final MovePlan move;
  private final Projection projection;
  private final KeyLog log;
  private final Applier applier;
  private final Quarantine quarantine;
  private final PassingOver passing;
  private boolean cut;

  RangeRound(Database database, Ledger ledger) {
    this.database = database;
    this.ledger = ledger;
    this.move = ledger.scope().move();
    this.projection = Projection.forward(move);
    this.log = KeyLog.forward(ledger.migration(), move);
    this.applier = new Applier(projection);
    this.quarantine = new Quarantine(ledger.scope(), ledger.migration());
    this.passing = new PassingOver(database, ledger.scope(), ledger.migration());
  }

  /** One round; false when the range is lost. */
  boolean run(Claim claim) throws SQLException {
    Transaction transaction =
        Transaction.repeatableRead(ledger.scope().scope().migration(), "apply")
            .statementTimeout(RoundSql.LONGEST)
            .silence(RoundSql.SILENCE)
            .relaxed();
    return passing.run(take -> database.inTransaction(transaction, sql -> in(sql, claim, take)));
  }

  /** Whether the last round left captured keys for the next. */
  boolean wasCut() {
    return cut;
  }

  private boolean in(Sql sql, Claim claim, Take take) throws SQLException {
    // The pool puts its own bound back.
    sql.connection().setNetworkTimeout(Runnable::run, 0);
    sql.execute(RoundSql.open(projection, log));
    Optional<String> applied = ledger.hold(sql, claim);
    if (applied.isEmpty()) {
      return false;
    }
    CaptureState.check(sql, ledger.migration(), move);
    Cut at = take == Take.CUT ? Cut.of(sql, log, applied.get()) : Cut.NONE;
    cut = at.snapshot() != null;
    Optional<KeyRange> done = claim.done();
    if (done.isPresent()) {
      Pending window = new Pending(sql, log);
      window.add(WindowSql.keysIn(log, applied.get(), at, done.get()));
      window.close();
      window.without(passing.keys());
      converge(sql, done.get(), window, take);
    }
    if (take != Take.SHED) {
      ledger.applied(sql, claim.range(), at.snapshot());
    }
    Partitions.confirm(sql, ledger.migration(), move);
    return true;
  }

  private void converge(Sql sql, KeyRange done, Pending window, Take take) throws SQLException {
    if (take == Take.FIND) {
      BadKeys.find(sql, move, applier, window);
    }
    if (window.isEmpty()) {
      return;
    }
    KeyScope scope = window.emptied() ? done : window.scope();
    if (take == Take.SHED) {
      applier.shed(sql, List.of(scope));
      return;
    }
    applier.converge(sql, List.of(scope));
    if (quarantine.applies()) {
      quarantine.forget(sql, projection, scope);
    }
  }
}
