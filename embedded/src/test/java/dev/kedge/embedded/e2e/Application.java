package dev.kedge.embedded.e2e;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * An application that knows nothing of Kedge but SQLSTATE {@code KD001}: three connections, one at
 * each isolation level, that write and read orders all the time, and keep journals of what was
 * acknowledged. When the side they write refuses, they go on with the other one.
 */
final class Application implements AutoCloseable {
  private static final List<Integer> LEVELS =
      List.of(
          Connection.TRANSACTION_READ_COMMITTED,
          Connection.TRANSACTION_REPEATABLE_READ,
          Connection.TRANSACTION_SERIALIZABLE);

  private final TestDatabase database;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong conflicts = new AtomicLong();
  private final AtomicLong switches = new AtomicLong();
  private final Map<String, Long> errors = new ConcurrentSkipListMap<>();
  private final List<Clerk> clerks;
  private final List<Thread> threads;

  private Application(TestDatabase database, long rows, long seed) {
    this.database = database;
    clerks =
        IntStream.range(0, LEVELS.size())
            .mapToObj(number -> new Clerk(number, LEVELS.size(), rows, seed))
            .toList();
    threads =
        IntStream.range(0, LEVELS.size())
            .mapToObj(number -> new Thread(() -> work(number), "clerk-" + number))
            .toList();
  }

  /** Makes the orders and begins to write them. */
  static Application open(TestDatabase database, long rows, long seed) throws SQLException {
    database.run(
        """
        CREATE TABLE orders (
          id bigint PRIMARY KEY, customer int NOT NULL, amount numeric(12,2) NOT NULL, note text);
        INSERT INTO orders
        SELECT id, id %% 1000, (id %% 10000) / 100.0, 'note ' || id FROM generate_series(1, %d) AS id;
        ANALYZE orders"""
            .formatted(rows));
    Application application = new Application(database, rows, seed);
    for (long id = 1; id <= rows; id++) {
      application.begin(id);
    }
    application.threads.forEach(Thread::start);
    return application;
  }

  private void begin(long id) {
    Order order = new Order((int) (id % 1000), id % 10_000, "note " + id);
    clerks.stream()
        .filter(clerk -> clerk.owns(id))
        .forEach(clerk -> clerk.journal().begin(id, order));
  }

  long committed() {
    return committed.get();
  }

  long switches() {
    return switches.get();
  }

  /** By SQLSTATE or sentence; its own 40001 and {@code KD001} are none. */
  Map<String, Long> errors() {
    return new TreeMap<>(errors);
  }

  /** Returns when it has committed some more. */
  void awaitMore() throws Exception {
    long before = committed.get();
    Await.until("more transactions; errors " + errors, () -> committed.get() >= before + 20);
  }

  /** What must be in either shape, keys that everybody writes apart. */
  Map<Long, Order> journal() {
    Map<Long, Order> all = new TreeMap<>();
    clerks.forEach(clerk -> all.putAll(clerk.journal().acknowledged()));
    return all;
  }

  /** What is in a shape, keys that everybody writes apart. */
  Map<Long, Order> rows(Shape shape) throws SQLException {
    Map<Long, Order> rows = new TreeMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(shape.all() + " WHERE id > " + Clerk.HOT)) {
      while (row.next()) {
        rows.put(row.getLong(1), Statements.order(row, shape));
      }
    }
    return rows;
  }

  /** Rows that one shape has and the other lacks, by plain SQL of this test. */
  long differences() throws SQLException {
    return database.number(
            """
        SELECT count(*) FROM (
          SELECT id, customer, (amount * 100)::bigint, note FROM orders
          EXCEPT ALL SELECT id, customer_id, amount_cents, note FROM orders_v2) AS missing
        """)
        + database.number(
            """
            SELECT count(*) FROM (
              SELECT id, customer_id, amount_cents, note FROM orders_v2
              EXCEPT ALL SELECT id, customer, (amount * 100)::bigint, note FROM orders) AS extra
            """);
  }

  private void work(int number) {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(LEVELS.get(number));
      Shape shape = Shape.OLD;
      while (open.get()) {
        shape = transact(connection, clerks.get(number), shape);
      }
    } catch (SQLException | RuntimeException e) {
      count(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One transaction; the shape to go on with. */
  private Shape transact(Connection connection, Clerk clerk, Shape shape)
      throws SQLException, InterruptedException {
    try {
      clerk.work(connection, shape);
      if (clerk.changesItsMind()) {
        connection.rollback();
        clerk.journal().rollback();
      } else {
        connection.commit();
        clerk.journal().commit();
        committed.incrementAndGet();
      }
      Thread.sleep(2);
      return shape;
    } catch (SQLException e) {
      connection.rollback();
      clerk.journal().rollback();
      return answer(e, shape);
    }
  }

  private Shape answer(SQLException e, Shape shape) {
    String state = String.valueOf(e.getSQLState());
    switch (state) {
      case "KD001" -> {
        switches.incrementAndGet();
        return shape.other();
      }
      case "40001" -> conflicts.incrementAndGet();
      default -> count(state + " " + e.getMessage());
    }
    return shape;
  }

  private void count(String error) {
    errors.merge(error, 1L, Long::sum);
  }

  @Override
  public void close() {
    stop();
  }

  /** Stops writing; the journals are final then. */
  void stop() {
    open.set(false);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
