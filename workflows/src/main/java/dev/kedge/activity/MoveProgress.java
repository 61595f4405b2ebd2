package dev.kedge.activity;

import dev.kedge.plan.MovePlan;
import java.util.List;
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
 * @param quarantine rows that were passed over because they cannot be taken over; null where the
 *     spec does not pass over any, and where it is not known
 * @param longestRound the longest round of a copy's tail so far; null before the first
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
    @Nullable String following,
    @Nullable Quarantined quarantine,
    @Nullable LongestRound longestRound) {
  /**
   * Rows that cannot be taken over. While one is left no gate opens and nothing is handed over.
   *
   * @param rows how many there are
   * @param examples some of them, by key
   */
  public record Quarantined(long rows, List<Example> examples) {
    public Quarantined {
      examples = List.copyOf(examples);
    }

    /**
     * One row.
     *
     * @param key as text, columns joined by a comma
     * @param why the reason, in words that hold no value
     * @param times how often it was tried
     */
    public record Example(String key, String why, int times) {}
  }

  /**
   * A round of the tail. While one is under way, TRUNCATE and DDL of the tables wait, and whoever
   * queues behind them; what one transaction captured cannot be cut.
   *
   * @param millis how long it took
   * @param keys how many keys it applied
   * @param at ISO-8601
   */
  public record LongestRound(long millis, long keys, String at) {}

  /** Of which neither a quarantine nor a round is known. */
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
      @Nullable Double etaHighSeconds,
      @Nullable String following) {
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
        following,
        null,
        null);
  }

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
    return with(by, following, quarantine, longestRound);
  }

  /** The same, with how its target follows. */
  public MoveProgress following(@Nullable String how) {
    return with(throttledBy, how, quarantine, longestRound);
  }

  /** The same, with what is in quarantine. */
  public MoveProgress quarantine(@Nullable Quarantined rows) {
    return with(throttledBy, following, rows, longestRound);
  }

  /** The same, with the longest round of its tail. */
  public MoveProgress longestRound(@Nullable LongestRound round) {
    return with(throttledBy, following, quarantine, round);
  }

  private MoveProgress with(
      @Nullable String by,
      @Nullable String how,
      @Nullable Quarantined rows,
      @Nullable LongestRound round) {
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
        how,
        rows,
        round);
  }
}
