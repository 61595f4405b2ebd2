package dev.kedge.registry;

import dev.kedge.activity.Failures;
import dev.kedge.postgres.Database;
import dev.kedge.postgres.SqlStates;
import dev.kedge.postgres.Transaction;
import java.sql.SQLException;

/** Pauses a migration by its database alone, for when Temporal cannot be reached. */
public final class DirectFence {
  private final Database database;

  public DirectFence(Database database) {
    this.database = database;
  }

  /**
   * Closes the fence of {@code migration} and notes it as paused. Returns when nothing of it can
   * commit any more. Fails with {@link Failures#REFUSED} when no unfinished migration has the name.
   */
  public void pause(String migration, String reason) {
    try {
      if (new Fence(database, migration).raise(false, reason).isEmpty()) {
        throw Failures.refused(
            "no unfinished migration \"%s\" in database \"%s\"\nhelp: kedge list"
                .formatted(migration, database.name()));
      }
      database.inTransaction(
          Transaction.readCommitted("kedge", "pause"),
          sql -> sql.update(RegistrySql.PAUSED, reason, migration));
    } catch (SQLException e) {
      throw SqlStates.toFailure(e, "pausing " + migration);
    }
  }
}
