package dev.kedge.spec;

import org.jspecify.annotations.Nullable;

/** What is wrong, not yet where; see {@link Problem} for the parts. */
record Finding(String code, String message, @Nullable String help) {
  Finding(String code, String message) {
    this(code, message, null);
  }
}
