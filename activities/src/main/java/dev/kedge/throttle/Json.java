package dev.kedge.throttle;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;

/** Writes what the controller's row keeps as JSON. */
final class Json {
  private Json() {}

  static String of(Object value) {
    try {
      return Payloads.mapper().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(value.getClass() + " can be written as JSON", e);
    }
  }
}
