package dev.kedge.bench.stress;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postgresql.PGConnection;

/**
 * A side of two tables, each with a half of every row.
 *
 * @param texts has code and note
 * @param amounts has amount and tag
 * @param amount the column that holds the amount
 * @param inCents whether in cents; otherwise in units, with two decimals
 */
record HalvesSide(String texts, String amounts, String amount, boolean inCents) implements Side {
  @Override
  public String name() {
    return texts + " and " + amounts;
  }

  private String given() {
    return inCents ? "?::bigint" : "?::bigint / 100.0";
  }

  private String read() {
    return inCents ? amount : "(" + amount + " * 100)::bigint";
  }

  @Override
  public void insert(Connection connection, long id, Item item) throws SQLException {
    Jdbc.update(
        connection,
        "INSERT INTO %s (id, code, note) VALUES (?, ?, ?)".formatted(texts),
        id,
        item.code(),
        item.note());
    Jdbc.update(
        connection,
        "INSERT INTO %s (id, %s, tag) VALUES (?, %s, 0)".formatted(amounts, amount, given()),
        id,
        item.cents());
  }

  @Override
  public long update(Connection connection, long id, Item item) throws SQLException {
    long rows =
        Jdbc.update(
            connection,
            "UPDATE %s SET code = ?, note = ? WHERE id = ?".formatted(texts),
            item.code(),
            item.note(),
            id);
    return Math.min(rows, updateHalf(connection, id, item));
  }

  @Override
  public long updateHalf(Connection connection, long id, Item item) throws SQLException {
    return Jdbc.update(
        connection,
        "UPDATE %s SET %s = %s WHERE id = ?".formatted(amounts, amount, given()),
        item.cents(),
        id);
  }

  @Override
  public long delete(Connection connection, long id) throws SQLException {
    return Math.min(
        Jdbc.update(connection, "DELETE FROM %s WHERE id = ?".formatted(texts), id),
        Jdbc.update(connection, "DELETE FROM %s WHERE id = ?".formatted(amounts), id));
  }

  @Override
  public long rekey(Connection connection, long from, long to) throws SQLException {
    String rekey = "UPDATE %s SET id = ? WHERE id = ?";
    return Math.min(
        Jdbc.update(connection, rekey.formatted(texts), to, from),
        Jdbc.update(connection, rekey.formatted(amounts), to, from));
  }

  @Override
  public void merge(Connection connection, long id, Item item) throws SQLException {
    Jdbc.update(
        connection,
        """
        MERGE INTO %s t
        USING (SELECT ?::bigint AS id, ?::text AS code, ?::text AS note) s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET code = s.code, note = s.note
        WHEN NOT MATCHED THEN INSERT (id, code, note) VALUES (s.id, s.code, s.note)"""
            .formatted(texts),
        id,
        item.code(),
        item.note());
    Jdbc.update(
        connection,
        """
        MERGE INTO %1$s t
        USING (SELECT ?::bigint AS id, %2$s AS amount) s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET %3$s = s.amount
        WHEN NOT MATCHED THEN INSERT (id, %3$s, tag) VALUES (s.id, s.amount, 0)"""
            .formatted(amounts, given(), amount),
        id,
        item.cents());
  }

  @Override
  public void copyIn(Connection connection, Map<Long, Item> items) throws SQLException {
    StringBuilder text = new StringBuilder();
    StringBuilder numbers = new StringBuilder();
    items.forEach(
        (id, item) -> {
          text.append(id).append('\t').append(item.code()).append('\t').append(item.note());
          text.append('\n');
          numbers.append(id).append('\t');
          numbers.append(inCents ? item.cents() : BigDecimal.valueOf(item.cents(), 2));
          numbers.append("\t0\n");
        });
    copy(connection, "COPY %s (id, code, note) FROM STDIN".formatted(texts), text);
    copy(connection, "COPY %s (id, %s, tag) FROM STDIN".formatted(amounts, amount), numbers);
  }

  private static void copy(Connection connection, String sql, StringBuilder lines)
      throws SQLException {
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(sql, new StringReader(lines.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void swap(Connection connection, long a, String codeOfA, long b, String codeOfB)
      throws SQLException {
    String set = "UPDATE %s SET code = ? WHERE id = ?".formatted(texts);
    Jdbc.update(connection, set, codeOfA + "/" + codeOfB, a);
    Jdbc.update(connection, set, codeOfA, b);
    Jdbc.update(connection, set, codeOfB, a);
  }

  @Override
  public long touch(Connection connection, long from, long to) throws SQLException {
    return Jdbc.update(
        connection,
        "UPDATE %s SET tag = tag + 1 WHERE id >= ? AND id < ?".formatted(amounts),
        from,
        to);
  }

  @Override
  public void refill(Connection connection, int rows, int generation) throws SQLException {
    Jdbc.execute(connection, "TRUNCATE %s, %s".formatted(texts, amounts));
    String ids = "(SELECT i * 10::bigint AS id FROM generate_series(1, %d) i) s".formatted(rows);
    Jdbc.update(
        connection,
        "INSERT INTO %1$s (id, code, note) SELECT id, 'c%2$d-' || id, 'g%2$d ' || id FROM %3$s"
            .formatted(texts, generation, ids));
    Jdbc.update(
        connection,
        "INSERT INTO %s (id, %s, tag) SELECT id, id * 7 %% 100000%s, 0 FROM %s"
            .formatted(amounts, amount, inCents ? "" : " / 100.0", ids));
  }

  @Override
  public Optional<Item> read(Connection connection, long id) throws SQLException {
    List<Item> items =
        Jdbc.list(
            connection,
            "SELECT code, %s, note FROM %s JOIN %s USING (id) WHERE id = ?"
                .formatted(read(), texts, amounts),
            row -> new Item(row.getString(1), row.getLong(2), row.getString(3)),
            id);
    return items.stream().findFirst();
  }

  @Override
  public Map<Long, Item> all(Connection connection) throws SQLException {
    Map<Long, Item> all = new HashMap<>();
    Jdbc.list(
            connection,
            "SELECT id, code, %s, note FROM %s JOIN %s USING (id)"
                .formatted(read(), texts, amounts),
            row ->
                Map.entry(
                    row.getLong(1), new Item(row.getString(2), row.getLong(3), row.getString(4))))
        .forEach(row -> all.put(row.getKey(), row.getValue()));
    return all;
  }
}
