package dev.kedge.backfill;

import dev.kedge.activity.MoveScope;
import dev.kedge.ledger.Migrations;
import dev.kedge.ledger.TailRow;
import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Makes a round short that is too long to come through. Others write the written side, too: a
 * foreign key's cascade does, in the application's own transaction, and then a REPEATABLE READ
 * round whose snapshot is older ends with 40001. One over a hundred thousand keys would meet that
 * every time. So its keys are applied piece by piece first, each piece in a short transaction as of
 * a snapshot of its own, and the window stays as it is: the round after it reads all of its keys
 * again and finds little to write.
 *
 * <p>In between, the written side is as the read one was in several moments. That is why nothing is
 * done so before unique indexes are built. A piece that meets a unique value of another row takes
 * that row along.
 */
final class Pieces {
  private static final int KEYS = 2_000;
  // More than are applied within the budget, and some tens of megabytes.
  private static final int MOST = 300_000;
  private static final int TRIES = 3;
  private static final int LONGEST_RING = 5;
  private static final Duration BUDGET = Duration.ofSeconds(20);

  private final Database database;
  private final MoveScope request;
  private final long migration;
  private final Direction direction;
  private final TailRow tail;
  private final Applier applier;
  private final SomeKeys some;

  Pieces(Database database, MoveScope request, long migration, Direction direction) {
    this.database = database;
    this.request = request;
    this.migration = migration;
    this.direction = direction;
    this.tail = new TailRow(request, migration);
    this.applier = new Applier(direction.projection());
    this.some = new SomeKeys(request, migration, direction);
  }

  /**
   * Applies what can be applied of a window that met contention; small ones it leaves alone. May be
   * repeated. Fails with FENCED when the epoch is over.
   */
  void apply() throws SQLException {
    List<List<String>> keys = keys();
    long end = System.nanoTime() + BUDGET.toNanos();
    for (int from = 0; from < keys.size() && System.nanoTime() - end < 0; from += KEYS) {
      List<List<String>> piece = keys.subList(from, Math.min(keys.size(), from + KEYS));
      int tries = 0;
      while (!converge(piece) && tries < TRIES) {
        tries++;
      }
    }
  }

  private List<List<String>> keys() throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(request.scope().migration(), "look")
            .statementTimeout(RoundSql.LONGEST)
            .silence(RoundSql.SILENCE)
            .relaxed(),
        sql -> {
          TailRow.Look look = tail.look(sql).orElseThrow(() -> Migrations.over(request.scope()));
          String applied = look.applied();
          if (applied == null
              || look.outside() > 0
              || !mayCut(sql, direction, migration, request.move())) {
            return List.of();
          }
          List<List<String>> keys = Window.some(sql, direction.log(), applied, MOST).keys();
          return keys.size() > KEYS ? keys : List.of();
        });
  }

  /** Whether a window has so many keys that it is worth to be cut into pieces. */
  static boolean areMany(Pending window) {
    return window.size() > KEYS;
  }

  /** Whether the written side may be as in several moments of the other. */
  static boolean mayCut(Sql sql, Direction direction, long migration, MovePlan move)
      throws SQLException {
    return direction.projection().uniqueColumns().isEmpty()
        || sql.one(
            DeferredSql.RESTORED, row -> row.getBoolean("restored"), migration, move.number());
  }

  /** Whether it is over with this piece. */
  private boolean converge(List<List<String>> piece) throws SQLException {
    Transaction transaction =
        Transaction.repeatableRead(request.scope().migration(), "tail")
            .silence(RoundSql.SILENCE)
            .relaxed();
    try {
      return database.inTransaction(transaction, sql -> in(sql, piece));
    } catch (SQLException e) {
      if (Collision.mayPass(request.move(), e)) {
        return true;
      }
      if (SqlStates.kindOf(e) != SqlStates.Kind.CONTENTION) {
        throw e;
      }
      Pause.aboutMillis(20);
      return false;
    }
  }

  private boolean in(Sql sql, List<List<String>> piece) throws SQLException {
    some.apply(sql, same -> scope(withWhatIsInTheWay(same, piece)));
    return true;
  }

  // Those may have somebody in their way, too: values that are swapped go in rings.
  private List<List<String>> withWhatIsInTheWay(Sql sql, List<List<String>> piece)
      throws SQLException {
    List<List<String>> keys = piece;
    boolean more = !direction.projection().uniqueColumns().isEmpty();
    for (int i = 0; i < LONGEST_RING && more; i++) {
      List<List<String>> all = applier.withWhatIsInTheWay(sql, scope(keys), keys);
      more = all.size() > keys.size();
      keys = all;
    }
    return keys;
  }

  private KeySet scope(List<List<String>> keys) {
    return KeySet.of(direction.log().key().names().size(), keys);
  }
}
