package dev.kedge.ledger;

import dev.kedge.activity.Failures;
import dev.kedge.activity.Scope;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.Sql;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;

/** Finds a migration's number, which is part of the names of what is installed for it. */
public final class Migrations {
  private static final String ID =
      "SELECT id FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

  private static final String AT_EPOCH = ID + " AND epoch = ? AND open";

  private Migrations() {}

  /** The number of the unfinished migration of that name; {@link Failures#FENCED} without one. */
  public static long id(Sql sql, Scope scope) throws SQLException {
    return sql.first(ID, row -> row.getLong("id"), scope.migration())
        .orElseThrow(() -> over(scope));
  }

  /** The same, if its epoch is still the caller's; {@link Failures#FENCED} otherwise. */
  public static long current(Database database, Scope scope) throws SQLException {
    return database.inTransaction(
        Transaction.readCommitted(scope.migration(), "look"),
        sql ->
            sql.first(AT_EPOCH, row -> row.getLong("id"), scope.migration(), scope.epoch())
                .orElseThrow(() -> over(scope)));
  }

  /** The failure of whoever comes too late. */
  public static RuntimeException over(Scope scope) {
    return Failures.fenced(
        "%s: epoch %d is over; nothing more was written"
            .formatted(scope.migration(), scope.epoch()));
  }
}
