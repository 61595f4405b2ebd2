package dev.kedge.backfill;

import dev.kedge.plan.MovePlan;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.SqlStates;
import dev.kedge.projection.KeySet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the keys of a round that cannot be brought over, by halves, in the round's own transaction:
 * each try goes back to a savepoint, and the transaction is rolled back at the end, whatever was
 * found. So a round pays for it only when it failed.
 */
final class BadKeys {
  private static final int WIDEST = 5_000;

  private final Sql sql;
  private final MovePlan move;
  private final Applier applier;
  private final Map<List<String>, SQLException> bad = new LinkedHashMap<>();

  private BadKeys(Sql sql, MovePlan move, Applier applier) {
    this.sql = sql;
    this.move = move;
    this.applier = applier;
  }

  /** What ends the transaction that looked for them. */
  static final class Found extends SQLException {
    private static final long serialVersionUID = 1;

    private final transient Map<List<String>, SQLException> keys;

    Found(Map<List<String>, SQLException> keys) {
      super("a round was tried key by key", "40000");
      this.keys = keys;
    }

    /** The keys, each with its error; in the order they were found. */
    Map<List<String>, SQLException> keys() {
      return keys;
    }
  }

  /** Whether it is about a row of the round. */
  static boolean isMeant(MovePlan move, SQLException error) {
    return SqlStates.kindOf(error) == SqlStates.Kind.BAD_DATA && !Collision.mayPass(move, error);
  }

  /** Looks for them in a window; always throws. */
  static void find(Sql sql, MovePlan move, Applier applier, Pending window) throws SQLException {
    BadKeys search = new BadKeys(sql, move, applier);
    if (!window.emptied()) {
      List<List<String>> keys = window.take(WIDEST);
      while (!keys.isEmpty() && search.bad.size() <= Quarantine.MOST) {
        search.among(keys);
        keys = window.take(WIDEST);
      }
    }
    throw new Found(search.bad);
  }

  private void among(List<List<String>> keys) throws SQLException {
    SQLException error = tried(keys);
    if (error == null || bad.size() > Quarantine.MOST) {
      return;
    }
    if (keys.size() == 1) {
      bad.put(keys.get(0), error);
      return;
    }
    int half = keys.size() / 2;
    among(keys.subList(0, half));
    among(keys.subList(half, keys.size()));
  }

  // What rows do to each other is no fault of one of them.
  private @org.jspecify.annotations.Nullable SQLException tried(List<List<String>> keys)
      throws SQLException {
    Connection connection = sql.connection();
    Savepoint before = connection.setSavepoint();
    try {
      applier.converge(sql, List.of(KeySet.of(keys.get(0).size(), keys)));
      sql.execute("SET CONSTRAINTS ALL IMMEDIATE");
      return null;
    } catch (SQLException e) {
      if (isMeant(move, e)) {
        return e;
      }
      if (Collision.mayPass(move, e)) {
        return null;
      }
      throw e;
    } finally {
      connection.rollback(before);
    }
  }
}
