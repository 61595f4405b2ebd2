package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the following side follows. */
public enum Sync {
  /** A fraction of a second behind, by the tail. */
  @JsonProperty("trailing")
  TRAILING,
  /** At every commit, by triggers, from the flip on until the handover. */
  @JsonProperty("synchronous")
  SYNCHRONOUS
}
