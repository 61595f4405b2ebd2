package dev.kedge.embedded.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * An application that knows nothing of Kedge: clerks that sell, correct, refund and rename all the
 * time, each with its own connection and isolation level. It keeps a journal of what the database
 * acknowledged, so that at the end somebody who calls none of our code can say what must be there.
 *
 * <p>It is written for both shapes, as an application in the middle of a migration is: when the old
 * side refuses a write with {@code KD001}, it goes on with the new one.
 */
final class Shop implements AutoCloseable {
  /** Clerks and how they isolate their transactions. */
  private static final List<Integer> CLERKS =
      List.of(
          Connection.TRANSACTION_READ_COMMITTED,
          Connection.TRANSACTION_REPEATABLE_READ,
          Connection.TRANSACTION_SERIALIZABLE);

  /** What the guard of the side that is not written says; the client retries on the other side. */
  private static final String OTHER_SIDE = "KD001";

  private static final Duration PAUSE_BETWEEN_SALES = Duration.ofMillis(3);

  private final String jdbcUrl;
  private final int rows;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private final AtomicBoolean newShape = new AtomicBoolean();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicLong conflicts = new AtomicLong();
  private final AtomicLong switches = new AtomicLong();
  private final AtomicLong longestMicros = new AtomicLong();
  private final Map<String, Long> errors = new ConcurrentSkipListMap<>();
  // A clerk writes only keys of its own, so a key's last acknowledged amount is what must be there.
  private final Map<Long, Long> centsById = new ConcurrentSkipListMap<>();
  private final Map<Long, Boolean> refunded = new ConcurrentSkipListMap<>();
  private final List<Thread> clerks;

  private Shop(String jdbcUrl, int rows) {
    this.jdbcUrl = jdbcUrl;
    this.rows = rows;
    this.clerks =
        IntStream.range(0, CLERKS.size())
            .mapToObj(number -> new Thread(() -> work(number), "clerk-" + number))
            .toList();
  }

  /** Opens the shop: {@code rows} customers and payments are there already. */
  static Shop open(String jdbcUrl, int rows) {
    Shop shop = new Shop(jdbcUrl, rows);
    shop.clerks.forEach(Thread::start);
    return shop;
  }

  /** Transactions that were acknowledged so far. */
  long transactions() {
    return transactions.get();
  }

  /** Errors by SQLSTATE that a clerk did not expect; empty when all went well. */
  Map<String, Long> errors() {
    return new TreeMap<>(errors);
  }

  /** Serialization failures, which clerks at those levels must expect and try again. */
  long conflicts() {
    return conflicts.get();
  }

  /** How often a clerk was told to go on with the other side. */
  long switches() {
    return switches.get();
  }

  /** The longest a transaction took. */
  Duration longest() {
    return Duration.ofNanos(longestMicros.get() * 1000);
  }

  @Override
  public void close() {
    closed();
  }

  /** Closes the shop and waits for its clerks; closed already, it is a no-op. */
  void closed() {
    open.set(false);
    for (Thread clerk : clerks) {
      try {
        clerk.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /**
   * Checks the new shape against the journal, with the shop closed. Empty when every acknowledged
   * write is there and nothing else; otherwise what is wrong.
   */
  Optional<String> audit() throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        java.sql.Statement statement = connection.createStatement();
        ResultSet payments =
            statement.executeQuery("SELECT id, amount_cents FROM payments_v2 ORDER BY id")) {
      Map<Long, Long> found = new TreeMap<>();
      while (payments.next()) {
        found.put(payments.getLong(1), payments.getLong(2));
      }
      Map<Long, Long> expected = expected();
      return found.equals(expected)
          ? Optional.empty()
          : Optional.of(
              "the journal has %d payments, the database %d, or amounts differ"
                  .formatted(expected.size(), found.size()));
    }
  }

  private Map<Long, Long> expected() {
    Map<Long, Long> expected = new TreeMap<>();
    for (long id = 1; id <= rows; id++) {
      expected.put(id, firstCents(id));
    }
    expected.putAll(centsById);
    expected.keySet().removeAll(refunded.keySet());
    return expected;
  }

  /** The amount a payment starts with; the statement that fills the shop says the same. */
  private static long firstCents(long id) {
    return id % 10_000;
  }

  private void work(int number) {
    SplittableRandom random = new SplittableRandom(42L + number);
    long next = rows + 1L + number;
    while (open.get()) {
      try (Connection connection = DriverManager.getConnection(jdbcUrl)) {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(CLERKS.get(number));
        while (open.get()) {
          Sale sale = choose(random, number, next);
          if (attempt(connection, sale)) {
            next = sale.kind() == Kind.SELL ? next + CLERKS.size() : next;
          }
          Thread.sleep(PAUSE_BETWEEN_SALES.toMillis());
        }
      } catch (SQLException e) {
        count(errors, e.getSQLState() == null ? "connection" : e.getSQLState());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private Sale choose(SplittableRandom random, int number, long next) {
    int die = random.nextInt(10);
    long own = number + 1 + (long) random.nextInt(rows / CLERKS.size()) * CLERKS.size();
    if (die < 4) {
      return new Sale(Kind.SELL, next, random.nextLong(1, 100_000));
    }
    return new Sale(
        die < 8 ? Kind.CORRECT : die < 9 ? Kind.REFUND : Kind.RENAME,
        own,
        random.nextLong(1, 100_000));
  }

  /** Tries a sale; false when it must be chosen anew. */
  private boolean attempt(Connection connection, Sale sale) throws SQLException {
    long start = System.nanoTime();
    try {
      run(connection, sale);
      connection.commit();
      note(sale);
      transactions.incrementAndGet();
      longestMicros.accumulateAndGet((System.nanoTime() - start) / 1000, Math::max);
      return true;
    } catch (SQLException e) {
      connection.rollback();
      if (OTHER_SIDE.equals(e.getSQLState())) {
        newShape.set(true);
        switches.incrementAndGet();
      } else if ("40001".equals(e.getSQLState())) {
        conflicts.incrementAndGet();
      } else {
        count(errors, String.valueOf(e.getSQLState()));
      }
      return false;
    }
  }

  private void run(Connection connection, Sale sale) throws SQLException {
    boolean now = newShape.get();
    String table = now ? "payments_v2" : "payments";
    String amount = now ? "amount_cents" : "amount";
    Object value = now ? (Object) sale.cents() : java.math.BigDecimal.valueOf(sale.cents(), 2);
    switch (sale.kind()) {
      case SELL ->
          update(
              connection,
              "INSERT INTO %s (id, customer_id, %s) VALUES (?, 1, ?)".formatted(table, amount),
              sale.id(),
              value);
      case CORRECT -> {
        look(connection, "SELECT %s FROM %s WHERE id = ?".formatted(amount, table), sale.id());
        update(
            connection,
            "UPDATE %s SET %s = ? WHERE id = ?".formatted(table, amount),
            value,
            sale.id());
      }
      case REFUND -> update(connection, "DELETE FROM %s WHERE id = ?".formatted(table), sale.id());
      case RENAME ->
          update(
              connection,
              "UPDATE customers SET %s = ? WHERE id = ?".formatted(now ? "handle" : "username"),
              (now ? "renamed-" : "Renamed-") + sale.cents(),
              sale.id());
    }
  }

  private void note(Sale sale) {
    switch (sale.kind()) {
      case SELL -> centsById.put(sale.id(), sale.cents());
      case CORRECT -> {
        if (!refunded.containsKey(sale.id())) {
          centsById.put(sale.id(), sale.cents());
        }
      }
      case REFUND -> refunded.put(sale.id(), true);
      case RENAME -> {}
    }
  }

  private static void look(Connection connection, String sql, long id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, id);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
      }
    }
  }

  private static void update(Connection connection, String sql, Object... binds)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < binds.length; i++) {
        statement.setObject(i + 1, binds[i]);
      }
      statement.executeUpdate();
    }
  }

  private static void count(Map<String, Long> counts, String key) {
    counts.merge(key, 1L, Long::sum);
  }

  private enum Kind {
    SELL,
    CORRECT,
    REFUND,
    RENAME
  }

  private record Sale(Kind kind, long id, long cents) {}
}
