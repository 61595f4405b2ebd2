package dev.kedge.spec;

import java.time.Duration;

/**
 * How traffic moves to the new shape.
 *
 * @param stability how long the old side is kept warm after the switch of writes; zero or more
 */
public record CutoverSettings(Duration stability) {
  public static final CutoverSettings DEFAULT = new CutoverSettings(Duration.ofHours(24));

  public CutoverSettings {
    if (stability.isNegative()) {
      throw new IllegalArgumentException("stability must not be negative, got " + stability);
    }
  }
}
