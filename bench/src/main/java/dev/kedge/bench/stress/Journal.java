package dev.kedge.bench.stress;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a client was acknowledged about the keys only it writes, and what its open transaction has
 * done to them since. A commit whose answer was lost leaves that open, until the rows are looked
 * at.
 */
final class Journal {
  private final TreeMap<Long, Item> acknowledged = new TreeMap<>();
  private Map<Long, Optional<Item>> pending = new HashMap<>();
  private Map<Long, Optional<Item>> saved = new HashMap<>();
  private volatile boolean unsettled;

  /** The first acknowledged key from there on that the open transaction has not touched. */
  Optional<Long> keyFrom(long id) {
    Long key = acknowledged.ceilingKey(id);
    return key == null || pending.containsKey(key) ? Optional.empty() : Optional.of(key);
  }

  /** As the open transaction sees it. */
  Optional<Item> seen(long id) {
    Optional<Item> written = pending.get(id);
    return written == null ? Optional.ofNullable(acknowledged.get(id)) : written;
  }

  void write(long id, Item item) {
    pending.put(id, Optional.of(item));
  }

  void erase(long id) {
    pending.put(id, Optional.empty());
  }

  void save() {
    saved = new HashMap<>(pending);
  }

  void rollbackToSaved() {
    pending = saved;
    saved = new HashMap<>();
  }

  void rollback() {
    pending = new HashMap<>();
    unsettled = false;
  }

  void commit() {
    pending.forEach(
        (id, item) -> {
          if (item.isPresent()) {
            acknowledged.put(id, item.get());
          } else {
            acknowledged.remove(id);
          }
        });
    rollback();
  }

  /** The answer to COMMIT was lost. */
  void unknown() {
    unsettled = true;
  }

  boolean unsettled() {
    return unsettled;
  }

  /** What the open transaction wrote. */
  Map<Long, Optional<Item>> pending() {
    return Map.copyOf(pending);
  }

  /** What must be there, but for {@link #pending} keys of an unsettled commit. */
  Map<Long, Item> acknowledged() {
    return acknowledged;
  }

  /** Forgets everything. */
  void clear() {
    acknowledged.clear();
    rollback();
  }

  /** Begins with a row. */
  void begin(long id, Item item) {
    acknowledged.put(id, item);
  }
}
