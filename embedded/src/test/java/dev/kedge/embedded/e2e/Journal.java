package dev.kedge.embedded.e2e;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the database acknowledged to one connection, which alone writes these keys: so it says what
 * must be there, without asking anybody.
 */
final class Journal {
  private final TreeMap<Long, Order> acknowledged = new TreeMap<>();
  private final Map<Long, Optional<Order>> pending = new HashMap<>();
  private final Map<Long, Optional<Order>> marked = new HashMap<>();

  /** A row that was there before. */
  void begin(long id, Order order) {
    acknowledged.put(id, order);
  }

  /** What a statement of the open transaction left at a key; null for no row. */
  void write(long id, @Nullable Order order) {
    pending.put(id, Optional.ofNullable(order));
  }

  /** What the open transaction must see at a key; null for no row. */
  @Nullable Order seen(long id) {
    Optional<Order> written = pending.get(id);
    return written == null ? acknowledged.get(id) : written.orElse(null);
  }

  /** The first key at or after {@code id} that has a row, for this transaction. */
  Optional<Long> keyFrom(long id) {
    Long key = acknowledged.ceilingKey(id);
    while (key != null && seen(key) == null) {
      key = acknowledged.higherKey(key);
    }
    return Optional.ofNullable(key);
  }

  void savepoint() {
    marked.clear();
    marked.putAll(pending);
  }

  void rollbackToSavepoint() {
    pending.clear();
    pending.putAll(marked);
  }

  void commit() {
    pending.forEach(
        (id, order) ->
            order.ifPresentOrElse(row -> acknowledged.put(id, row), () -> acknowledged.remove(id)));
    pending.clear();
  }

  void rollback() {
    pending.clear();
  }

  Map<Long, Order> acknowledged() {
    return acknowledged;
  }
}
