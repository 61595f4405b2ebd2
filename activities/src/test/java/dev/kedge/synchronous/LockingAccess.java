package dev.kedge.synchronous;

import dev.kedge.activity.MoveScope;
import dev.kedge.postgres.Database;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The locking applier of migration 1, for tests elsewhere. */
public final class LockingAccess {
  private final MoveScope scope;

  public LockingAccess(MoveScope scope) {
    this.scope = scope;
  }

  /** Converges keys of one column; what it could not, by key. */
  public Map<List<String>, String> apply(Database database, String... keys) throws SQLException {
    return new LockingApplier(database, scope, 1).apply(Stream.of(keys).map(List::of).toList());
  }
}
