package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** A point where the walk waits for people, named by the phase it lets in. */
public enum Gate {
  EXPAND,
  READS,
  WRITES,
  CONTRACT;

  /** The name in specs, signals, commands and JSON: lower case. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The gate of that label. Throws {@link IllegalArgumentException} for any other text. */
  @JsonCreator
  public static Gate of(String label) {
    for (Gate gate : values()) {
      if (gate.label().equals(label)) {
        return gate;
      }
    }
    throw new IllegalArgumentException("no gate is named \"" + label + "\"");
  }
}
