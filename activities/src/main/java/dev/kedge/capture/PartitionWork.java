package dev.kedge.capture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.activity.Payloads;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A partition that came, went or was emptied, and whose keys are to be in the log.
 *
 * @param side {@code old} or {@code new}: of which it is, or was, a partition
 * @param oid the table
 * @param bound which keys it may have, over that side's columns; null where it has no rows itself
 * @param came whether it has come, so that it needs triggers of its own and its rows are new
 */
record PartitionWork(String side, String oid, @Nullable String bound, boolean came) {
  boolean onTarget() {
    return side.equals("new");
  }

  static @Nullable String write(List<PartitionWork> all) {
    return all.isEmpty() ? null : text(all);
  }

  static List<PartitionWork> parse(@Nullable String json) {
    return json == null ? List.of() : read(json, new TypeReference<>() {});
  }

  /** Bounds by oid. */
  static String writeBounds(Map<String, String> bounds) {
    return text(bounds);
  }

  static Map<String, String> parseBounds(@Nullable String json) {
    return json == null ? Map.of() : read(json, new TypeReference<>() {});
  }

  private static String text(Object value) {
    try {
      return Payloads.mapper().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("partitions can be written as JSON", e);
    }
  }

  private static <T> T read(String json, TypeReference<T> type) {
    try {
      return Payloads.mapper().readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("kedge.move is not what was written there", e);
    }
  }
}
