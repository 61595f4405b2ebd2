package dev.kedge.cutover;

import dev.kedge.activity.MoveScope;
import dev.kedge.backfill.TailTurn;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import dev.kedge.postgres.Work;
import dev.kedge.synchronous.LookRound;
import dev.kedge.synchronous.Stragglers;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the moment from which on the target equals the source at every commit: nobody is left whose
 * snapshot is older than what we wrote last, the flip or a key converged since, and of what they
 * captured nothing differs. A transaction at REPEATABLE READ may miss a row that we wrote and it
 * was to delete; the key is in the log then, is converged, and that is another thing we wrote.
 */
final class Settle implements TailTurn.Turnover {
  private final Database database;
  private final MoveScope request;
  private final MovePlan move;
  private final long migration;
  private final TailRow tail;

  private @Nullable OpenTransactions before;
  private long overtaken;
  private String noted = "";

  Settle(Database database, MoveScope request, long migration) {
    this.database = database;
    this.request = request;
    this.move = request.move();
    this.migration = migration;
    this.tail = new TailRow(request, migration);
  }

  @Override
  public void attempt(TailRow.Look look) throws SQLException {
    OpenTransactions waited = before;
    if (waited == null) {
      begin();
      return;
    }
    String left = waited.left();
    if (!left.isEmpty()) {
      note("settling waits for transactions that are older than what was written last: " + left);
      return;
    }
    LookRound.Seen seen = new LookRound(database, request, migration).run();
    if (!seen.all()) {
      return;
    }
    if (!seen.differing().isEmpty() || !settled()) {
      before = null;
    }
  }

  // Counted first: what is written between the two is waited for in vain, and again.
  private void begin() throws SQLException {
    overtaken =
        look(
            sql ->
                sql.one(
                    FlipSql.OVERTAKEN, row -> row.getLong("overtaken"), migration, move.number()));
    before =
        OpenTransactions.now(database, request.scope().migration(), Quoting.table(move.source()));
  }

  private boolean settled() throws SQLException {
    return fenced(
        sql -> {
          long stragglers = new Stragglers(migration, move.number()).count(sql);
          if (stragglers > 0) {
            note(
                sql,
                stragglers + " keys cannot be brought over; see kedge.straggler and kedge.finding");
            return false;
          }
          return sql.update(FlipSql.SETTLED, migration, move.number(), overtaken) == 1;
        });
  }

  private void note(String blocked) throws SQLException {
    if (!blocked.equals(noted)) {
      fenced(sql -> note(sql, blocked));
      noted = blocked;
    }
  }

  private long note(Sql sql, String blocked) throws SQLException {
    return sql.update(FlipSql.NOTE, null, blocked, migration, move.number());
  }

  private <T> T fenced(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "settle"),
        sql -> {
          if (!tail.hold(sql)) {
            throw Migrations.over(request.scope());
          }
          return work.in(sql);
        });
  }

  private <T> T look(Work<T> work) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look").relaxed(), work);
  }
}
