package dev.kedge.workflow;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What a migration is doing, whatever its phase. */
public enum State {
  RUNNING("running"),
  WAITING("waiting"),
  PAUSED("paused"),
  PARKED("parked"),
  COMPLETED("completed"),
  ROLLED_BACK("rolledBack"),
  ABORTED("aborted");

  private final String label;

  State(String label) {
    this.label = label;
  }

  /** The name in JSON. */
  @JsonValue
  public String label() {
    return label;
  }

  /** The state of that label. Throws {@link IllegalArgumentException} for any other text. */
  @JsonCreator
  public static State of(String label) {
    for (State state : values()) {
      if (state.label.equals(label)) {
        return state;
      }
    }
    throw new IllegalArgumentException("no state is named \"" + label + "\"");
  }

  /** Whether nothing follows any more. */
  public boolean ended() {
    return this == COMPLETED || this == ROLLED_BACK || this == ABORTED;
  }
}
