package dev.kedge.capture;

import java.util.function.Function;
import java.util.stream.Stream;

/** What a synchronous trigger fires for; one trigger each, since transition tables want it so. */
public enum SyncEvent {
  INSERT,
  UPDATE,
  DELETE,
  TRUNCATE;

  /** Its part of a name. */
  String letter() {
    return name().substring(0, 1).toLowerCase(java.util.Locale.ROOT);
  }

  /** The transition tables it has, as CREATE TRIGGER names them; empty for none. */
  public String transition() {
    return switch (this) {
      case INSERT -> "REFERENCING NEW TABLE AS kedge_new ";
      case UPDATE -> "REFERENCING OLD TABLE AS kedge_old NEW TABLE AS kedge_new ";
      case DELETE -> "REFERENCING OLD TABLE AS kedge_old ";
      case TRUNCATE -> "";
    };
  }

  static Stream<String> all(Function<SyncEvent, String> name) {
    return Stream.of(values()).map(name);
  }
}
