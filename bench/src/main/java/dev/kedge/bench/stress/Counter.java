package dev.kedge.bench.stress;

/** What a run counts, and the least a full run must come to. A short run has smaller floors. */
enum Counter {
  READ_COMMITTED("transactions at READ COMMITTED", 1_000),
  REPEATABLE_READ("transactions at REPEATABLE READ", 1_000),
  SERIALIZABLE("transactions at SERIALIZABLE", 1_000),
  ROUNDS("rounds (a migration each)", 2),
  KILLS("worker processes killed (SIGKILL)", 20),
  FREEZES("worker processes frozen and thawed (SIGSTOP, SIGCONT)", 2),
  RESTARTS("server crashes and restarts", 3),
  REFUSALS("fence refusals", 5),
  SPANNED_RR("REPEATABLE READ transactions open across a handover or flip", 50),
  SPANNED_SERIALIZABLE("SERIALIZABLE transactions open across a handover or flip", 50),
  HANDOVERS("changes of the writing side", 2),
  FLIPS("flips of synchronous copies", 0),
  PAUSES("pauses", 3),
  RESUMES("resumes", 3),
  RESUMES_AGAIN("resumes of what had not gone on yet", 0),
  TUNES("tunes", 5),
  PARKS("migrations that parked, tried again", 0),
  ROLLBACKS("rollbacks, catalog as before", 1),
  DISCARDED("captured keys discarded above a cursor", 50),
  MOVED("keys changed across ranges during a backfill", 50),
  BULK("statements over more than 100,000 rows", 5),
  SMALL_BULK("statements over all rows, fewer than that", 0),
  TRUNCATES("TRUNCATE and refill of the whole table", 2),
  SWAPS("swaps of unique values", 100),
  SAVEPOINTS("rollbacks to a savepoint", 100),
  TAKEN_BACK("whole transactions rolled back", 100),
  REINSERTS("keys deleted and inserted again in one transaction", 100),
  MERGES("MERGE", 100),
  COPIES("COPY", 50),
  PREPARED("prepared transactions", 50),
  REPLICA("transactions of sessions in replica role", 50),
  CASCADES("foreign key cascades", 5),
  LONG("transactions open for seconds", 20),
  COMPARED("rows compared by the oracle", 100_000),
  AUDITED("rows compared with the application's journal", 100_000),
  LATE("rows of synchronous copies that a trapped 40001 left to follow a moment later", 0),
  UNKNOWN("commits with an unknown outcome, resolved", 0),
  REFUSED("writes refused by KD001, done on the other side", 1),
  CONFLICTS("40001 at READ COMMITTED: a row went to another partition meanwhile", 0),
  CONFLICTS_RR("40001 at REPEATABLE READ", 0),
  CONFLICTS_SERIALIZABLE("40001 at SERIALIZABLE", 0),
  DEADLOCKS("40P01 among the application's own transactions", 0),
  DUPLICATES("23505 among keys that everybody writes", 0),
  DROPPED("statements that came for a table or column that was dropped already", 0),
  OUTAGES("connections lost to a server crash", 0),
  OUR_DEADLOCKS("deadlock reports with a session of Kedge, Kedge gave way", 0),
  LONG_WAITS("lock waits of the application for Kedge over 1 s", 0);

  private final String label;
  private final long floor;

  Counter(String label, long floor) {
    this.label = label;
    this.floor = floor;
  }

  String label() {
    return label;
  }

  /** The floor of a full run; 0 for what is only told. */
  long floor() {
    return floor;
  }
}
