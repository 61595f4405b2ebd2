package dev.kedge.backfill;

import dev.kedge.progress.Progress.LatestChunk;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a turn has done so far. */
final class Tally {
  private long rows;
  private long chunks;
  private @Nullable LatestChunk latest;

  void chunk(long written, Duration took) {
    rows += written;
    chunks++;
    latest = new LatestChunk(written, took.toMillis());
  }

  long rows() {
    return rows;
  }

  long chunks() {
    return chunks;
  }

  /** Null before the first. */
  @Nullable LatestChunk latest() {
    return latest;
  }
}
