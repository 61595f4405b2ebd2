package dev.kedge.reconcile;

import java.time.Duration;

/**
 * The bounds of a compare; tests make them small.
 *
 * @param patience how long a tail may do nothing before it stands still
 * @param rows rows of the first chunk
 * @param findings how many differing keys are listed, the others only counted
 * @param longest how long one statement of a compare may take
 */
record Bounds(Duration patience, int rows, int findings, Duration longest) {
  // A tail whose worker died is another's only when its heartbeat of 30 s is overdue, and what that
  // one applies first may be a statement over millions of rows.
  static final Bounds USUAL = new Bounds(Duration.ofSeconds(90), 1_000, 10_000);

  // No transaction of ours outlives a chunk; what takes longer is cut smaller.
  Bounds(Duration patience, int rows, int findings) {
    this(patience, rows, findings, Duration.ofSeconds(5));
  }
}
