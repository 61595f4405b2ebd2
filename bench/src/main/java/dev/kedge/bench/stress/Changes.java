package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Changes of the keys that one client alone writes; what is acknowledged must be there. */
final class Changes {
  private final Application application;
  private final int client;
  private final SplittableRandom random;
  private final Journal journal;
  private final Map<Counter, Long> uncounted = new EnumMap<>(Counter.class);

  Changes(Application application, int client, SplittableRandom random, Journal journal) {
    this.application = application;
    this.client = client;
    this.random = random;
    this.journal = journal;
  }

  /** The transaction that holds them is committed. */
  void committed() {
    uncounted.forEach(application.counters()::add);
    uncounted.clear();
  }

  private void count(Counter counter) {
    uncounted.merge(counter, 1L, Long::sum);
  }

  /** One change. */
  void change(Connection connection, Side side) throws SQLException {
    int die = random.nextInt(100);
    if (die < 14) {
      insert(connection, side, free());
    } else if (die < 18) {
      merge(connection, side);
    } else if (die < 20) {
      copy(connection, side);
    } else {
      Optional<Long> some = some();
      if (some.isPresent()) {
        existing(connection, side, some.get(), die);
      }
    }
  }

  private void existing(Connection connection, Side side, long id, int die) throws SQLException {
    if (die < 55) {
      update(connection, side, id);
    } else if (die < 60) {
      check(connection, side, id);
    } else if (die < 72) {
      delete(connection, side, id);
    } else if (die < 80) {
      delete(connection, side, id);
      insert(connection, side, id);
      count(Counter.REINSERTS);
    } else if (die < 92) {
      rekey(connection, side, id);
    } else {
      swap(connection, side, id);
    }
  }

  /** One of its keys that is there and not written in this transaction. */
  private Optional<Long> some() {
    return journal.keyFrom(application.keys().own(client, random));
  }

  /** One of its keys that is not there. */
  private long free() {
    long id = application.keys().own(client, random);
    while (journal.seen(id).isPresent() || journal.pending().containsKey(id)) {
      id = application.keys().own(client, random);
    }
    return id;
  }

  private void insert(Connection connection, Side side, long id) throws SQLException {
    Item item = Item.random(random);
    side.insert(connection, id, item);
    journal.write(id, item);
  }

  private void update(Connection connection, Side side, long id) throws SQLException {
    Item item = Item.random(random);
    expectOne(side, side.update(connection, id, item), "update", id);
    journal.write(id, item);
  }

  private void check(Connection connection, Side side, long id) throws SQLException {
    if (!side.read(connection, id).equals(journal.seen(id))) {
      application
          .findings()
          .add("key %d of %s is not as it was acknowledged".formatted(id, side.name()));
    }
  }

  private void delete(Connection connection, Side side, long id) throws SQLException {
    expectOne(side, side.delete(connection, id), "delete", id);
    journal.erase(id);
  }

  private void rekey(Connection connection, Side side, long id) throws SQLException {
    long to = free();
    Item item = journal.seen(id).orElseThrow();
    expectOne(side, side.rekey(connection, id, to), "change the key", id);
    journal.erase(id);
    journal.write(to, item);
    if (application.acrossRanges(id, to)) {
      count(Counter.MOVED);
    }
  }

  private void merge(Connection connection, Side side) throws SQLException {
    long id = random.nextBoolean() ? free() : some().orElseGet(this::free);
    Item item = Item.random(random);
    side.merge(connection, id, item);
    journal.write(id, item);
    count(Counter.MERGES);
  }

  private void copy(Connection connection, Side side) throws SQLException {
    Map<Long, Item> items = new TreeMap<>();
    for (int i = 0; i < 5; i++) {
      items.put(free(), Item.random(random));
    }
    side.copyIn(connection, items);
    items.forEach(journal::write);
    count(Counter.COPIES);
  }

  private void swap(Connection connection, Side side, long a) throws SQLException {
    Optional<Long> other = some();
    if (other.isEmpty() || other.get() == a) {
      return;
    }
    long b = other.get();
    Item atA = journal.seen(a).orElseThrow();
    Item atB = journal.seen(b).orElseThrow();
    side.swap(connection, a, atA.code(), b, atB.code());
    journal.write(a, atA.withCode(atB.code()));
    journal.write(b, atB.withCode(atA.code()));
    count(Counter.SWAPS);
  }

  private void expectOne(Side side, long rows, String what, long id) {
    if (rows != 1) {
      application
          .findings()
          .add(
              "cannot %s %d of %s: %d rows, although it was acknowledged"
                  .formatted(what, id, side.name(), rows));
    }
  }
}
