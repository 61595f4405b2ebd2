package dev.kedge.spec;

import java.time.Duration;

/**
 * How a backfill runs.
 *
 * @param lanes how many ranges are filled at once, 1 to 64
 * @param chunk the time one transaction aims at, 1 ms to 10 s; in place never above 50 ms
 */
public record BackfillSettings(int lanes, Duration chunk) {
  public static final BackfillSettings DEFAULT = new BackfillSettings(2, Duration.ofMillis(50));

  public BackfillSettings {
    if (lanes < 1 || lanes > 64) {
      throw new IllegalArgumentException("lanes must be 1 to 64, got " + lanes);
    }
    if (chunk.compareTo(Duration.ofMillis(1)) < 0 || chunk.compareTo(Duration.ofSeconds(10)) > 0) {
      throw new IllegalArgumentException("chunk must be 1ms to 10s, got " + chunk);
    }
  }
}
