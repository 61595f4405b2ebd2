package dev.kedge.invariant;

import dev.kedge.activity.Scope;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.CheckRole;
import dev.kedge.postgres.CheckRole.Query;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import dev.kedge.spec.Durations;
import dev.kedge.spec.Invariant;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One look at one invariant, all of it in one snapshot.
 *
 * @param seen null when its query failed
 * @param problem why it failed, in words that hold no value; null when it did not
 * @param blocked whether it failed because somebody was in the way, who will be gone soon
 */
record Look(Sides sides, @Nullable Seen seen, @Nullable String problem, boolean blocked) {
  // While the query runs our own session only keeps its locks.
  private static final Duration MARGIN = Duration.ofSeconds(10);

  static Look at(
      Database database,
      Scope scope,
      long migration,
      Plan plan,
      Invariant invariant,
      CheckRole role)
      throws SQLException {
    Transaction ours =
        Transaction.repeatableRead(scope.migration(), "invariant")
            .relaxed()
            .silence(invariant.limit().plus(MARGIN));
    return database.inTransaction(
        ours,
        sql -> {
          Sides sides = Sides.read(sql, migration, plan);
          return run(sides, scope, plan, invariant, role);
        });
  }

  private static Look run(
      Sides sides, Scope scope, Plan plan, Invariant invariant, CheckRole role) {
    long until = System.nanoTime() + invariant.limit().toNanos();
    Query query =
        new Query(
            scope.migration(),
            invariant.offending(),
            invariant.limit(),
            Seen.mostRows(),
            sides.snapshot());
    try {
      Seen seen = role.query(query, (rows, sql) -> Seen.of(rows, sql, plan.moves(), until));
      return new Look(sides, seen, null, false);
    } catch (SQLException e) {
      String problem = CheckRole.problem(e, Durations.format(invariant.limit()));
      return new Look(sides, null, problem, SqlStates.kindOf(e) == SqlStates.Kind.CONTENTION);
    }
  }

  /** A look that came to nothing, for want of the tables themselves. */
  static String locked(SQLException e) {
    return "its tables cannot be read together: " + SqlStates.describe(e);
  }

  boolean violated() {
    return seen != null && seen.rows() > 0;
  }

  /**
   * Whether it says nothing: somebody was in the way, a table looked empty that was not, or rows
   * offend in a table that has not got yet what it follows.
   */
  boolean inconclusive() {
    return seen == null ? blocked : seen.replaced() || (violated() && sides.underway(seen.read()));
  }

  /**
   * Whether rows offend while they may: what they are compared with is not all there yet, and no
   * wait for it would end before the walk goes on.
   */
  boolean early(Invariant invariant) {
    return seen != null && violated() && !seen.replaced() && !required(invariant);
  }

  /** Whether the invariant must hold by now. */
  boolean required(Invariant invariant) {
    Set<Long> read = seen == null ? Set.of() : seen.read();
    if (invariant.comparesTwo() && sides.readsLeftBehind(read)) {
      return false;
    }
    if (sides.filled() || invariant.from() == Invariant.From.BACKFILL) {
      return true;
    }
    return invariant.from() == null
        && seen != null
        && !invariant.comparesTwo()
        && !sides.readsFilled(read);
  }
}
