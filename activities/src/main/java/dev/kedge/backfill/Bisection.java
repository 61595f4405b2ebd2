package dev.kedge.backfill;

/**
 * Finds the one row that makes chunks fail, by halves: a chunk that fails has it among its rows,
 * and after one that does not it is among the rest. Should somebody mend or remove it meanwhile,
 * the search ends by itself.
 */
final class Bisection {
  // Of so many rows from the cursor on, one is bad; 0 while none is known to be.
  private long suspects;

  /** How many rows the next chunk is to have, which would have {@code usual}. */
  long rows(long usual) {
    return suspects == 0 ? usual : Math.min(usual, Math.max(1, suspects / 2));
  }

  /** A chunk of {@code rows} rows failed; true when that was the row. */
  boolean failed(long rows) {
    suspects = rows;
    return rows == 1;
  }

  /** A chunk of so many rows did not fail. */
  void passed(long walked) {
    suspects = Math.max(0, suspects - walked);
  }

  /** Forgets what was looked for. */
  void end() {
    suspects = 0;
  }
}
