package dev.kedge.throttle;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.kedge.activity.Payloads;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What signals need of earlier readings; kept in the controller's row, since the next reader may be
 * another worker.
 *
 * @param millis when that was, by the database's clock; 0 before the first reading of an epoch
 * @param calmSeconds of the controller's state
 * @param reached of the controller's state
 * @param unknown of the controller's state
 * @param wal where the primary's WAL ended when
 * @param replicas how many of each name were seen in this epoch
 * @param stall for how long nothing goes forward
 * @param size of the database, which is not measured at each reading; null before the first
 */
record Memory(
    long millis,
    double calmSeconds,
    Map<String, Long> reached,
    Map<String, Long> unknown,
    WalHistory wal,
    Map<String, Integer> replicas,
    Stall stall,
    @Nullable Size size) {
  static final Memory NONE =
      new Memory(0, 0, Map.of(), Map.of(), WalHistory.NONE, Map.of(), Stall.NONE, null);

  Memory {
    reached = reached == null ? Map.of() : Map.copyOf(reached);
    unknown = unknown == null ? Map.of() : Map.copyOf(unknown);
    wal = wal == null ? WalHistory.NONE : wal;
    replicas = replicas == null ? Map.of() : Map.copyOf(replicas);
    stall = stall == null ? Stall.NONE : stall;
  }

  /** A size and when it was measured, in milliseconds of the database's clock. */
  record Size(double bytes, long millis) {}

  /** What is still true in a new epoch. */
  Memory inNewEpoch() {
    return new Memory(0, 0, Map.of(), Map.of(), wal, Map.of(), Stall.NONE, size);
  }

  static Memory of(String json) {
    try {
      return Payloads.mapper().readValue(json, Memory.class);
    } catch (JsonProcessingException e) {
      // Of another release: everything is learnt anew within seconds.
      return NONE;
    }
  }

  String json() {
    return Json.of(this);
  }
}
