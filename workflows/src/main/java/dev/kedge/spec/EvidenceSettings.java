package dev.kedge.spec;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * For how long evidence counts.
 *
 * @param maxAge a range that was compared whole longer ago is compared whole again, however little
 *     of it changed since
 */
public record EvidenceSettings(Duration maxAge) {
  public static final EvidenceSettings DEFAULT = new EvidenceSettings(Duration.ofDays(7));

  /**
   * Equal to the default, so that JSON leaves it out: a plan made before it was known keeps its
   * hash.
   */
  static final class Absent {
    @Override
    public boolean equals(@Nullable Object other) {
      return other == null || DEFAULT.equals(other);
    }

    @Override
    public int hashCode() {
      return DEFAULT.hashCode();
    }
  }
}
