package dev.kedge.embedded.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Processes that are stopped where they could do harm. */
final class Frozen {
  private static final int LOOKS = 10;

  private Frozen() {}

  /**
   * Until it is caught between BEGIN and COMMIT, which is where it could do harm; and then until
   * the server has cut it off, which is after twice the time of a chunk.
   */
  static void inTransaction(BackfillProcess process, TestDatabase database, String role)
      throws Exception {
    Await.until(
        "a worker frozen within a transaction",
        () -> {
          process.freeze();
          // Its statement ends by itself; what then stays open is the transaction.
          boolean caught = silentMillis(database, role, LOOKS) >= 0;
          if (!caught) {
            process.thaw();
          }
          return caught;
        });
    long longest = 0;
    for (long now = 0; now >= 0; now = silentMillis(database, role, 1)) {
      longest = Math.max(longest, now);
    }
    // Seen from outside, on a busy machine; the server's own clock counts 100 ms.
    assertTrue(longest < 1_000, "a frozen worker kept its locks for " + longest + " ms");
  }

  /** For how long our transaction with rows written has been silent; -1 when there is none. */
  private static long silentMillis(TestDatabase database, String role, int looks) throws Exception {
    long millis = -1;
    for (int i = 0; i < looks && millis < 0; i++) {
      millis =
          database.number(
              """
              SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change) * 1000), -1)::bigint
              FROM pg_stat_activity
              WHERE datname = current_database() AND usename = '%s' AND backend_xid IS NOT NULL
                AND application_name LIKE 'kedge:balances:%%' AND state = 'idle in transaction'
                AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'accounts'::regclass
                  AND mode = 'RowExclusiveLock')"""
                  .formatted(role));
    }
    return millis;
  }
}
