package dev.kedge.bench.stress;

import java.sql.Connection;
import java.util.List;
import java.util.SplittableRandom;

/** How a connection of the application isolates its transactions. */
enum Level {
  READ_COMMITTED(Connection.TRANSACTION_READ_COMMITTED, Counter.READ_COMMITTED, Counter.CONFLICTS),
  REPEATABLE_READ(
      Connection.TRANSACTION_REPEATABLE_READ, Counter.REPEATABLE_READ, Counter.CONFLICTS_RR),
  SERIALIZABLE(
      Connection.TRANSACTION_SERIALIZABLE, Counter.SERIALIZABLE, Counter.CONFLICTS_SERIALIZABLE);

  private static final List<Level> LEVELS = List.of(values());

  private final int jdbc;
  private final Counter committed;
  private final Counter conflicts;

  Level(int jdbc, Counter committed, Counter conflicts) {
    this.jdbc = jdbc;
    this.committed = committed;
    this.conflicts = conflicts;
  }

  static Level any(SplittableRandom random) {
    return LEVELS.get(random.nextInt(LEVELS.size()));
  }

  int jdbc() {
    return jdbc;
  }

  /** Counts its transactions. */
  Counter committed() {
    return committed;
  }

  /** Counts its 40001. */
  Counter conflicts() {
    return conflicts;
  }
}
