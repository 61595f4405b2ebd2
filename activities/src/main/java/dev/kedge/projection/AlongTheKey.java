package dev.kedge.projection;

/**
 * What makes the planner read a range of keys along the key's index, whatever the statistics say. A
 * planner that knows nothing of a table, or believes what has long been deleted, takes a third of
 * all rows to be above a key: it then reads and sorts the whole table for each chunk, and the more
 * chunks are done the less each is worth it. And a lane is one process of the server: of a long log
 * whose statistics nobody made, it else starts two more for each page of keys, which costs more
 * than they bring.
 */
public final class AlongTheKey {
  /** Local to the transaction; takes no snapshot. */
  public static final String SETTINGS =
      "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
          + " SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;"
          + " SET LOCAL max_parallel_workers_per_gather = 0";

  private AlongTheKey() {}
}
