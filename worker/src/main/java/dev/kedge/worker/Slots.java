package dev.kedge.worker;

import dev.kedge.console.Problem;
import java.util.Set;

/**
 * How many activities of each role run at once. Together never more than a pool has connections, so
 * that none of them waits for a connection while it holds up a queue.
 */
record Slots(int ddl, int backfill) {
  /** A plan, a note and a long wait for a lock at the same time. */
  private static final int FEWEST_DDL = 3;

  /** A lane, its tail and a compare. */
  private static final int FEWEST_BACKFILL = 3;

  /** A quarter of the pool for what is few and short, the rest for lanes, tails and compares. */
  static Slots of(Set<Role> roles, int pool) {
    boolean ddl = roles.contains(Role.DDL);
    boolean backfill = roles.contains(Role.BACKFILL);
    int fewest = (ddl ? FEWEST_DDL : 0) + (backfill ? FEWEST_BACKFILL : 0);
    if (pool < fewest) {
      throw Problem.usage(
          "KD1310",
          "a pool of " + pool + " connections is too small for this worker's roles",
          "give each database a pool of at least " + fewest);
    }
    int forDdl = !ddl ? 0 : backfill ? Math.max(FEWEST_DDL, pool / 4) : pool;
    return new Slots(forDdl, backfill ? pool - forDdl : 0);
  }

  int of(Role role) {
    return switch (role) {
      case WORKFLOW -> 0;
      case DDL -> ddl;
      case BACKFILL -> backfill;
    };
  }
}
