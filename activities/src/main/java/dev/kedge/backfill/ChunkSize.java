package dev.kedge.backfill;

import java.time.Duration;

/** How many rows a chunk has: doubled while chunks are quick, halved when one takes too long. */
final class ChunkSize {
  private static final long FIRST = 1_000;
  // Beyond this nothing is gained, and a chunk that is thrown away costs more.
  private static final long MOST = 50_000;

  private final long most;
  private long rows;

  ChunkSize() {
    this(FIRST, MOST);
  }

  private ChunkSize(long first, long most) {
    this.rows = first;
    this.most = most;
  }

  /** One that stays at {@code rows} while chunks end in their time. */
  static ChunkSize of(long rows) {
    return new ChunkSize(rows, rows);
  }

  long rows() {
    return rows;
  }

  /** Learns from a chunk that took {@code took} when {@code aim} was wanted. */
  void took(Duration took, Duration aim) {
    if (took.compareTo(aim) > 0) {
      shrink();
    } else if (took.multipliedBy(2).compareTo(aim) < 0) {
      rows = Math.min(most, rows * 2);
    }
  }

  /** Halves it; false when it is one row already. */
  boolean shrink() {
    boolean can = rows > 1;
    rows = Math.max(1, rows / 2);
    return can;
  }
}
