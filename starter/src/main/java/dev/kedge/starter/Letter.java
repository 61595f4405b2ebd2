package dev.kedge.starter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kedge.activity.Payloads;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The one JSON argument of a signal. */
final class Letter {
  private final ObjectNode json = Payloads.mapper().createObjectNode();

  private Letter() {}

  /** From {@code sender}, with a request id of its own, by which the verdict is asked for. */
  static Letter from(String sender) {
    Letter letter = new Letter();
    letter.json.put("by", sender);
    letter.json.put("requestId", UUID.randomUUID().toString());
    return letter;
  }

  /** Adds a text unless there is none. */
  Letter with(String field, @Nullable String text) {
    if (text != null) {
      json.put(field, text);
    }
    return this;
  }

  Letter with(String field, @Nullable Integer number) {
    if (number != null) {
      json.put(field, number);
    }
    return this;
  }

  ObjectNode json() {
    return json;
  }
}
