package dev.kedge.starter;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;

/** JSON for stdout. */
final class Json {
  private Json() {}

  static String pretty(Object value) {
    try {
      return Payloads.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of ours cannot be written as JSON", e);
    }
  }
}
