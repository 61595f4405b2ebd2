package dev.kedge.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The argument of a signal, read without trust: a JSON object or nothing. Every text is at most
 * {@value #LONGEST} characters, since texts come back in the status. Unknown fields are let pass,
 * so that an older worker understands a newer sender; they are named when something else is
 * missing.
 */
final class Message {
  static final int LONGEST = 500;
  private static final List<String> TEXTS =
      List.of("gate", "by", "evidence", "planHash", "comment", "requestId", "reason", "chunk");
  private static final List<String> KNOWN =
      List.of(
          "gate",
          "by",
          "evidence",
          "planHash",
          "comment",
          "requestId",
          "reason",
          "chunk",
          "lanes",
          "maxRate");

  private final @Nullable JsonNode json;

  private Message(@Nullable JsonNode json) {
    this.json = json;
  }

  /** The message as sent; {@link #complaint} says whether it can be used. */
  static Message of(@Nullable JsonNode sent) {
    boolean nothing = sent == null || sent.isNull() || sent.isMissingNode();
    return new Message(nothing ? null : sent);
  }

  /** What is wrong with its form, as a sentence; empty when nothing is. */
  Optional<String> complaint() {
    if (json == null) {
      return Optional.empty();
    }
    if (json.isBinary()) {
      return Optional.of("the argument could not be read: it is not JSON");
    }
    if (!json.isObject()) {
      return Optional.of(
          "the argument must be a JSON object, got " + article(json.getNodeType().name()));
    }
    return TEXTS.stream().map(this::textComplaint).flatMap(Optional::stream).findFirst();
  }

  Optional<String> requestId() {
    return text("requestId");
  }

  /** Who sent it, as claimed. */
  Optional<String> by() {
    return text("by");
  }

  /** Who sent it, for a sentence. */
  String sender() {
    return by().orElse("somebody");
  }

  /** {@code : reason}, or nothing. */
  String because() {
    return text("reason").or(() -> text("comment")).map(reason -> ": " + reason).orElse("");
  }

  /** The text of a field, trimmed; empty when absent, null, blank or not a text. */
  Optional<String> text(String field) {
    return field(field)
        .filter(JsonNode::isTextual)
        .map(node -> node.textValue().strip())
        .filter(text -> !text.isEmpty());
  }

  /** The field as sent. */
  Optional<JsonNode> field(String field) {
    JsonNode node = json == null ? null : json.get(field);
    return Optional.ofNullable(node).filter(value -> !value.isNull());
  }

  /** Fields nobody knows, with a guess each; for a sentence about something missing. */
  String unknownFields() {
    List<String> hints = new ArrayList<>();
    if (json != null) {
      json.fieldNames()
          .forEachRemaining(
              name -> {
                if (!KNOWN.contains(name)) {
                  hints.add("\"" + shortened(name, 40) + "\"" + Spelling.hint(name, KNOWN));
                }
              });
    }
    return hints.isEmpty() ? "" : " (there is " + String.join(", ", hints) + ")";
  }

  /** {@code text} cut to {@code length} characters. */
  static String shortened(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "…";
  }

  private Optional<String> textComplaint(String name) {
    return field(name)
        .filter(node -> !node.isTextual() || node.textValue().length() > LONGEST)
        .map(
            node ->
                node.isTextual()
                    ? name + " is longer than " + LONGEST + " characters"
                    : name + " must be a text, got " + article(node.getNodeType().name()));
  }

  private static String article(String type) {
    String word = type.toLowerCase(Locale.ROOT);
    if (word.equals("string")) {
      word = "text";
    }
    return ("aeiou".indexOf(word.charAt(0)) >= 0 ? "an " : "a ") + word;
  }
}
