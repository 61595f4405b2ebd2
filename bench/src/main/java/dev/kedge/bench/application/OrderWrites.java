package dev.kedge.bench.application;

import dev.kedge.bench.application.Session.Cost;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** Writes of one row each, and of many, to a table like {@code orders}. */
public final class OrderWrites {
  /** What a write does. */
  public enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }

  private final Session session;
  private final long rows;
  private final SplittableRandom random = new SplittableRandom(7);
  private final Map<Kind, PreparedStatement> statements = new EnumMap<>(Kind.class);

  // Rows that are inserted come above all others, and go again.
  private long inserted;
  private long deleted;

  /**
   * @param rows the table's, with keys from 1
   */
  public OrderWrites(Session session, long rows) throws SQLException {
    this.session = session;
    this.rows = rows;
    statements.put(
        Kind.INSERT,
        session.prepare(
            "INSERT INTO orders (id, status, cents, code, note)"
                + " VALUES (?, 'new', 1999, 'c0ffee', 'by one session, a row at a time')"));
    statements.put(
        Kind.UPDATE, session.prepare("UPDATE orders SET cents = cents + 1 WHERE id = ?"));
    statements.put(Kind.DELETE, session.prepare("DELETE FROM orders WHERE id = ?"));
  }

  /** So many writes of one row each; of rows that were inserted no more are deleted than came. */
  public Cost each(Kind kind, int number) throws SQLException {
    PreparedStatement statement = Objects.requireNonNull(statements.get(kind));
    return session.cost(
        () -> {
          for (int i = 0; i < number; i++) {
            statement.setLong(1, key(kind));
            require(statement.executeUpdate(), 1);
          }
        });
  }

  /** One statement over so many rows: those inserted before are updated, or deleted. */
  public Cost atOnce(Kind kind, int number) throws SQLException {
    long from = 2_000_000_000L;
    String where = " WHERE id BETWEEN %d AND %d".formatted(from + 1, from + number);
    String statement =
        switch (kind) {
          case INSERT ->
              """
              INSERT INTO orders (id, status, cents, code, note)
              SELECT %d + i, 'new', 1999, 'c0ffee', 'by one session, all at once'
              FROM generate_series(1, %d) i"""
                  .formatted(from, number);
          case UPDATE -> "UPDATE orders SET cents = cents + 1" + where;
          case DELETE -> "DELETE FROM orders" + where;
        };
    return session.cost(
        () -> {
          try (PreparedStatement prepared = session.prepare(statement)) {
            require(prepared.executeUpdate(), number);
          }
        });
  }

  private long key(Kind kind) {
    return switch (kind) {
      case INSERT -> rows + ++inserted;
      case UPDATE -> random.nextLong(1, rows + 1);
      case DELETE -> rows + ++deleted;
    };
  }

  private static void require(int written, int wanted) {
    if (written != wanted) {
      throw new IllegalStateException(written + " rows were written, not " + wanted);
    }
  }
}
