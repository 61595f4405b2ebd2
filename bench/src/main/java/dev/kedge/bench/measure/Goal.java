package dev.kedge.bench.measure;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What a figure should come to.
 *
 * @param kind which side of it is good
 * @param bound the value
 */
public record Goal(Kind kind, double bound) {
  /** For a figure that is only told. */
  public static final Goal NONE = new Goal(Kind.NONE, 0);

  /** Which side of the bound is good. */
  public enum Kind {
    NONE,
    AT_LEAST,
    AT_MOST
  }

  public static Goal atLeast(double bound) {
    return new Goal(Kind.AT_LEAST, bound);
  }

  public static Goal atMost(double bound) {
    return new Goal(Kind.AT_MOST, bound);
  }

  /** Whether there is one, and the value is on the wrong side of it. */
  public boolean missedBy(double value) {
    return switch (kind) {
      case NONE -> false;
      case AT_LEAST -> !(value >= bound);
      case AT_MOST -> !(value <= bound);
    };
  }

  /** Such as {@code ≥ 1.0}; empty when there is none. */
  @JsonValue
  public String text() {
    return switch (kind) {
      case NONE -> "";
      case AT_LEAST -> "≥ " + Numbers.text(bound);
      case AT_MOST -> "≤ " + Numbers.text(bound);
    };
  }
}
