package dev.kedge.activity;

import java.util.Objects;

/**
 * On whose behalf something is done, and until when: with another epoch in the database, nothing.
 *
 * @param migration the migration's name
 * @param database the database's name, as workers know it
 * @param epoch the epoch the workflow was given last; every write is fenced by it
 */
public record Scope(String migration, String database, long epoch) {
  public Scope {
    Objects.requireNonNull(migration, "migration");
    Objects.requireNonNull(database, "database");
  }

  /** The same at another epoch. */
  public Scope at(long newEpoch) {
    return new Scope(migration, database, newEpoch);
  }
}
