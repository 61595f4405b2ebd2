package dev.kedge.reconcile;

import java.time.Duration;

/**
 * The bounds of a compare; tests make them small.
 *
 * @param patience how long a tail may do nothing before it stands still
 * @param rows rows of the first chunk
 * @param findings how many differing keys are listed, the others only counted
 */
record Bounds(Duration patience, int rows, int findings) {
  static final Bounds USUAL = new Bounds(Duration.ofSeconds(10), 1_000, 10_000);
}
