package dev.kedge.activity;

import dev.kedge.plan.MovePlan;
import org.jspecify.annotations.Nullable;

/**
 * How far one move is; the element of {@code moves} in {@code kedge.status/1}, and what lanes and
 * tails heartbeat. Unknown is null, never 0.
 *
 * @param from {@code schema.table} of the source
 * @param to {@code schema.table} of the target
 * @param rowsDone rows filled so far, as the ledger has it
 * @param rowsTotal the estimate of the source's rows; null when unknown
 * @param rowsPerSecond over the last seconds; null when nothing was measured
 * @param etaSeconds until the backfill ends at that rate
 * @param lanes lanes at work
 * @param chunkRows rows of the latest chunk
 * @param startedAt ISO-8601; null before the first claim
 * @param finishedAt ISO-8601; null while unfinished
 * @param capturedKeys log rows not yet applied
 * @param throttledBy what limits now, with its value and bound, as in {@code replicationLag 3.2s of
 *     2s}
 * @param chunkMillis time of the latest chunk
 * @param etaLowSeconds the end if the rate stays as good as it was at its best lately
 * @param etaHighSeconds the end if the rate stays as bad as it was at its worst lately
 * @param following how the target of a copy follows until writes: {@code trailing}, {@code flipped}
 *     or {@code settled}; null for a move in place, and where it is not known
 */
public record MoveProgress(
    String from,
    String to,
    @Nullable Long rowsDone,
    @Nullable Long rowsTotal,
    @Nullable Double rowsPerSecond,
    @Nullable Double etaSeconds,
    @Nullable Integer lanes,
    @Nullable Long chunkRows,
    @Nullable String startedAt,
    @Nullable String finishedAt,
    @Nullable Long capturedKeys,
    @Nullable String throttledBy,
    @Nullable Long chunkMillis,
    @Nullable Double etaLowSeconds,
    @Nullable Double etaHighSeconds,
    @Nullable String following) {
  /** Of which it is not known how its target follows. */
  public MoveProgress(
      String from,
      String to,
      @Nullable Long rowsDone,
      @Nullable Long rowsTotal,
      @Nullable Double rowsPerSecond,
      @Nullable Double etaSeconds,
      @Nullable Integer lanes,
      @Nullable Long chunkRows,
      @Nullable String startedAt,
      @Nullable String finishedAt,
      @Nullable Long capturedKeys,
      @Nullable String throttledBy,
      @Nullable Long chunkMillis,
      @Nullable Double etaLowSeconds,
      @Nullable Double etaHighSeconds) {
    this(
        from,
        to,
        rowsDone,
        rowsTotal,
        rowsPerSecond,
        etaSeconds,
        lanes,
        chunkRows,
        startedAt,
        finishedAt,
        capturedKeys,
        throttledBy,
        chunkMillis,
        etaLowSeconds,
        etaHighSeconds,
        null);
  }

  /** Of which the latest chunk's time and the spread of the end are not known. */
  public MoveProgress(
      String from,
      String to,
      @Nullable Long rowsDone,
      @Nullable Long rowsTotal,
      @Nullable Double rowsPerSecond,
      @Nullable Double etaSeconds,
      @Nullable Integer lanes,
      @Nullable Long chunkRows,
      @Nullable String startedAt,
      @Nullable String finishedAt,
      @Nullable Long capturedKeys,
      @Nullable String throttledBy) {
    this(
        from,
        to,
        rowsDone,
        rowsTotal,
        rowsPerSecond,
        etaSeconds,
        lanes,
        chunkRows,
        startedAt,
        finishedAt,
        capturedKeys,
        throttledBy,
        null,
        null,
        null,
        null);
  }

  /**
   * A move of which nothing is known yet.
   *
   * @param rows the estimate of the source's rows; null when unknown
   */
  public static MoveProgress unknown(MovePlan move, @Nullable Long rows) {
    return new MoveProgress(
        move.source().toString(),
        move.target().toString(),
        null,
        rows,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** The same, limited by something else. */
  public MoveProgress throttledBy(@Nullable String by) {
    return new MoveProgress(
        from,
        to,
        rowsDone,
        rowsTotal,
        rowsPerSecond,
        etaSeconds,
        lanes,
        chunkRows,
        startedAt,
        finishedAt,
        capturedKeys,
        by,
        chunkMillis,
        etaLowSeconds,
        etaHighSeconds,
        following);
  }

  /** The same, with how its target follows. */
  public MoveProgress following(String how) {
    return new MoveProgress(
        from,
        to,
        rowsDone,
        rowsTotal,
        rowsPerSecond,
        etaSeconds,
        lanes,
        chunkRows,
        startedAt,
        finishedAt,
        capturedKeys,
        throttledBy,
        chunkMillis,
        etaLowSeconds,
        etaHighSeconds,
        how);
  }
}
