package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Changes of keys that everybody writes, with all their conflicts; no journal has them, the oracle
 * does. The last statement of a transaction, so that two of them never wait for each other twice.
 */
final class SharedChanges {
  private static final int PARENTS = 40;

  private final Application application;
  private final SplittableRandom random;
  private final Level level;

  SharedChanges(Application application, SplittableRandom random, Level level) {
    this.application = application;
    this.random = random;
    this.level = level;
  }

  void change(Connection connection, Side side) throws SQLException {
    long id = application.keys().shared(random);
    switch (random.nextInt(10)) {
      case 0 -> side.update(connection, id, Item.random(random));
      case 1, 2 -> side.updateHalf(connection, id, Item.random(random));
      case 3 -> side.delete(connection, id);
      case 4, 5 -> side.merge(connection, id, Item.random(random));
      case 6 -> rekey(connection, side, id);
      case 7 -> swap(connection, side, id);
      case 8 -> side.adopt(connection, id, parent());
      default -> orphan(connection, side, id);
    }
  }

  private void rekey(Connection connection, Side side, long id) throws SQLException {
    long to = application.keys().shared(random);
    if (side.read(connection, to).isEmpty()) {
      side.rekey(connection, id, to);
    }
  }

  private void swap(Connection connection, Side side, long id) throws SQLException {
    long other = application.keys().shared(random);
    Optional<Item> one = side.read(connection, Math.min(id, other));
    Optional<Item> two = side.read(connection, Math.max(id, other));
    if (id != other && one.isPresent() && two.isPresent()) {
      side.swap(
          connection, Math.min(id, other), one.get().code(), Math.max(id, other), two.get().code());
    }
  }

  private long parent() {
    return 1L + random.nextInt(PARENTS);
  }

  /** A parent goes, its children with it, and comes back without; or its key changes and back. */
  private void orphan(Connection connection, Side side, long id) throws SQLException {
    String parents = application.shape().parents();
    if (parents.isEmpty() || level != Level.READ_COMMITTED || random.nextInt(30) > 0) {
      side.update(connection, id, Item.random(random));
      return;
    }
    long parent = parent();
    if (random.nextBoolean()) {
      Jdbc.update(connection, "DELETE FROM " + parents + " WHERE id = ?", parent);
      Jdbc.update(
          connection, "INSERT INTO " + parents + " VALUES (?) ON CONFLICT DO NOTHING", parent);
    } else {
      String rename = "UPDATE " + parents + " SET id = ? WHERE id = ?";
      Jdbc.update(connection, rename, parent + 1_000 + random.nextInt(1_000_000), parent);
      Jdbc.update(
          connection, "INSERT INTO " + parents + " VALUES (?) ON CONFLICT DO NOTHING", parent);
    }
    application.counters().add(Counter.CASCADES);
  }
}
