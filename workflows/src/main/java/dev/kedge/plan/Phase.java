package dev.kedge.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The phases of a migration, in the order of the walk. */
public enum Phase {
  PLAN,
  EXPAND,
  CAPTURE,
  BACKFILL,
  RECONCILE,
  READS,
  WRITES,
  STABILITY,
  CONTRACT,
  DONE;

  /** The name in commands and JSON: lower case. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The phase of that label. Throws {@link IllegalArgumentException} for any other text. */
  @JsonCreator
  public static Phase of(String label) {
    for (Phase phase : values()) {
      if (phase.label().equals(label)) {
        return phase;
      }
    }
    throw new IllegalArgumentException("no phase is named \"" + label + "\"");
  }
}
