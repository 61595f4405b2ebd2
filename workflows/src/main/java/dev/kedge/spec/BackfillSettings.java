package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a backfill runs.
 *
 * @param lanes how many ranges are filled at once, 1 to 64
 * @param chunk the time one transaction aims at, 1 ms to 10 s; in place never above 50 ms
 * @param maxRate rows a second of all lanes of a move together; null for no bound. Not in the JSON
 *     then: a plan made before it was known keeps its hash
 * @param badRows what becomes of rows that cannot be taken over; null to stop, and not in the JSON
 *     then
 */
public record BackfillSettings(
    int lanes,
    Duration chunk,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long maxRate,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable BadRows badRows) {
  /** Rows a second that nobody reaches. */
  public static final int FASTEST = 1_000_000_000;

  public static final BackfillSettings DEFAULT = new BackfillSettings(2, Duration.ofMillis(50));

  public BackfillSettings {
    if (lanes < 1 || lanes > 64) {
      throw new IllegalArgumentException("lanes must be 1 to 64, got " + lanes);
    }
    if (chunk.compareTo(Duration.ofMillis(1)) < 0 || chunk.compareTo(Duration.ofSeconds(10)) > 0) {
      throw new IllegalArgumentException("chunk must be 1ms to 10s, got " + chunk);
    }
    if (maxRate != null && (maxRate < 1 || maxRate > FASTEST)) {
      throw new IllegalArgumentException(
          "the rate must be 1 to %d rows a second, got %d".formatted(FASTEST, maxRate));
    }
    badRows = badRows == BadRows.STOP ? null : badRows;
  }

  /** Whether rows that cannot be taken over are passed over and kept. */
  public boolean quarantines() {
    return badRows == BadRows.QUARANTINE;
  }

  /** As fast as chunk and guards let it. */
  public BackfillSettings(int lanes, Duration chunk) {
    this(lanes, chunk, null, null);
  }
}
