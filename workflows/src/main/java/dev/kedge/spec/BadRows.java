package dev.kedge.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of rows that cannot be taken over. */
public enum BadRows {
  /** The migration stops at the first, and names it by its key. */
  @JsonProperty("stop")
  STOP,
  /** They are passed over and kept by key, tried again, and no gate opens while one is left. */
  @JsonProperty("quarantine")
  QUARANTINE
}
