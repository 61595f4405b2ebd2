package dev.kedge.registry;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Whether a migration is still on the timeline it was registered on. A standby that was promoted
 * may lack what was committed last.
 *
 * <p>The ledger stays exact then, and lanes and tails go on: rows, cursors, logs and the snapshots
 * in {@code applied} are one database and went back together, to a prefix of the log. Say a
 * snapshot S survived, in a row whose transaction T took it. Every transaction that S calls
 * finished had its commit or abort in the log before T committed, so it survived and is finished
 * the same way. Those in S's list are finished or gone for ever. And no id below S's xmax is given
 * again: the one before it was finished, so its record survived, and the promoted server goes on
 * above all it has seen. Whoever gets the id of a lost transaction has one at or above xmax, which
 * no window of S leaves out.
 *
 * <p>What Temporal remembers did not go back. A copy that was done may have open ranges again, a
 * handover may never have happened. So the walk stops before its next step, by name, and the same
 * spec is started once more: adopting, it walks along what the database says is done. Another
 * system is refused even then; there neither ids nor snapshots mean anything.
 */
public final class Timeline {
  private Timeline() {}

  /** Where a ledger is, as the server names it. */
  record Server(String systemIdentifier, int timeline) {}

  /** Fails with {@link Failures#REFUSED} when the server was promoted since, or is another one. */
  public static void check(Database database, Scope scope) throws SQLException {
    database.inTransaction(
        Transaction.readCommitted(scope.migration(), "look").relaxed(),
        sql -> {
          check(sql, scope);
          return "";
        });
  }

  /** The same in the caller's transaction. */
  public static void check(Sql sql, Scope scope) throws SQLException {
    Optional<Integer> left =
        sql.first(RegistrySql.LEFT_TIMELINE, row -> row.getInt("timeline"), scope.migration());
    if (left.isPresent()) {
      throw Failures.refused(
          """
          KD3004: database "%s" was promoted from a standby since (migration "%s" was on timeline %d): \
          what was committed last may be lost, rows and ledger alike
          help: end this run with temporal workflow terminate -w migration.%s, then kedge start the \
          same spec: it does again what is missing; or kedge rollback %s"""
              .formatted(
                  scope.database(),
                  scope.migration(),
                  left.get(),
                  scope.migration(),
                  scope.migration()));
    }
  }
}
