package dev.kedge.backfill;

/** What a turn has done so far. */
final class Tally {
  private long rows;
  private long chunks;

  void chunk(long written) {
    rows += written;
    chunks++;
  }

  long rows() {
    return rows;
  }

  long chunks() {
    return chunks;
  }
}
