package dev.kedge.embedded.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One connection's transactions: seeded, over keys of its own, and a few that all clerks write. */
final class Clerk {
  /** Keys up to this one belong to everybody; a transaction writes at most one of them, last. */
  static final long HOT = 30;

  private final int number;
  private final int clerks;
  private final SplittableRandom random;
  private final Journal journal = new Journal();
  private final long firstNew;
  private long next;

  Clerk(int number, int clerks, long rows, long seed) {
    this.number = number;
    this.clerks = clerks;
    this.random = new SplittableRandom(seed + number);
    this.firstNew = rows + clerks;
    this.next = firstNew - (firstNew % clerks) + number;
  }

  Journal journal() {
    return journal;
  }

  boolean owns(long id) {
    return id > HOT && id % clerks == number;
  }

  /** The statements of one transaction, neither begun nor committed here. */
  void work(Connection connection, Shape shape) throws SQLException, InterruptedException {
    int steps = 1 + random.nextInt(4);
    for (int i = 0; i < steps; i++) {
      if (random.nextInt(8) == 0) {
        change(connection, shape);
        Savepoint savepoint = connection.setSavepoint();
        journal.savepoint();
        change(connection, shape);
        connection.rollback(savepoint);
        journal.rollbackToSavepoint();
      } else {
        change(connection, shape);
      }
    }
    if (random.nextInt(40) == 0) {
      // A long transaction: what it wrote is older than what others commit meanwhile.
      Thread.sleep(200);
    }
    if (random.nextInt(3) == 0) {
      write(connection, shape.update(), shape, order(), 1 + random.nextLong(HOT));
    }
  }

  /** Whether this one is to be rolled back by the application's own choice. */
  boolean changesItsMind() {
    return random.nextInt(12) == 0;
  }

  private void change(Connection connection, Shape shape) throws SQLException {
    int die = random.nextInt(10);
    if (die < 3) {
      insert(connection, shape, next);
      next += clerks;
      return;
    }
    Optional<Long> some = journal.keyFrom(HOT + 1 + random.nextLong(next - HOT));
    if (some.isEmpty()) {
      return;
    }
    long id = some.get();
    read(connection, shape, id);
    if (die < 6) {
      Order order = order();
      write(connection, shape.update(), shape, order, id);
      journal.write(id, order);
    } else if (die < 8) {
      delete(connection, shape, id);
    } else if (die < 9) {
      delete(connection, shape, id);
      insert(connection, shape, id);
    } else {
      move(connection, shape, id);
    }
  }

  private void insert(Connection connection, Shape shape, long id) throws SQLException {
    Order order = order();
    write(connection, shape.insert(), shape, order, id);
    journal.write(id, order);
  }

  private void delete(Connection connection, Shape shape, long id) throws SQLException {
    expectOne(Statements.update(connection, shape.delete(), id), "delete", id);
    journal.write(id, null);
  }

  /** To a key of its own that is free: below or above, so across ranges. */
  private void move(Connection connection, Shape shape, long id) throws SQLException {
    long to = next;
    next += clerks;
    expectOne(Statements.update(connection, shape.move(), to, id), "move", id);
    journal.write(to, journal.seen(id));
    journal.write(id, null);
  }

  private void write(Connection connection, String sql, Shape shape, Order order, long id)
      throws SQLException {
    long rows =
        Statements.update(
            connection, sql, order.customer(), shape.amount(order.cents()), order.note(), id);
    expectOne(rows, sql, id);
  }

  /** What it reads must be what it was acknowledged, whichever side it reads. */
  private void read(Connection connection, Shape shape, long id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(shape.select())) {
      statement.setLong(1, id);
      try (ResultSet row = statement.executeQuery()) {
        Order found = row.next() ? Statements.order(row, shape) : null;
        expect(found, id);
      }
    }
  }

  private void expect(@Nullable Order found, long id) {
    Order wanted = journal.seen(id);
    if (found == null || !found.equals(wanted)) {
      throw new WrongRead("key " + id + ": acknowledged was " + wanted + ", read was " + found);
    }
  }

  private static void expectOne(long rows, String what, long id) {
    if (rows != 1) {
      throw new WrongRead("key " + id + ": " + rows + " rows by " + what);
    }
  }

  private Order order() {
    return new Order(
        random.nextInt(1000), random.nextLong(-100_000, 100_000), "n" + random.nextInt(100_000));
  }

  /** The application saw something else than it was acknowledged. */
  static final class WrongRead extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongRead(String message) {
      super(message);
    }
  }
}
