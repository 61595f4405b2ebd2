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
 * A side of one table.
 *
 * @param table its name
 * @param amount the column that holds the amount
 * @param inCents whether in cents; otherwise in units, with two decimals
 * @param deferrable whether its unique code may be exchanged in one statement
 * @param parents whether it has a column that refers to a parent
 * @param kinds whether it has a column {@code kind}: {@code a} or {@code b}, by the key's place
 * @param part which rows it is loaded with: SQL over their number {@code i}
 */
record TableSide(
    String table,
    String amount,
    boolean inCents,
    boolean deferrable,
    boolean parents,
    boolean kinds,
    String part)
    implements Side {

  TableSide(String table, String amount, boolean inCents, boolean deferrable, boolean parents) {
    this(table, amount, inCents, deferrable, parents, false, "true");
  }

  @Override
  public String name() {
    return table + "." + amount;
  }

  /** The kind of the key in {@code id}, with a comma before it. */
  private String kind(String id) {
    return kinds ? ", CASE WHEN " + id + " / 10 % 2 = 0 THEN 'a' ELSE 'b' END" : "";
  }

  private String kindColumn() {
    return kinds ? ", kind" : "";
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
        """
        INSERT INTO %1$s (id, code, %2$s, note, tag%3$s)
        SELECT s.id, s.code, s.amount, s.note, 0%4$s
        FROM (SELECT ?::bigint AS id, ?::text AS code, %5$s AS amount, ?::text AS note) s"""
            .formatted(table, amount, kindColumn(), kind("s.id"), given()),
        id,
        item.code(),
        item.cents(),
        item.note());
  }

  @Override
  public long update(Connection connection, long id, Item item) throws SQLException {
    return Jdbc.update(
        connection,
        "UPDATE %s SET code = ?, %s = %s, note = ? WHERE id = ?".formatted(table, amount, given()),
        item.code(),
        item.cents(),
        item.note(),
        id);
  }

  @Override
  public long delete(Connection connection, long id) throws SQLException {
    return Jdbc.update(connection, "DELETE FROM %s WHERE id = ?".formatted(table), id);
  }

  @Override
  public long rekey(Connection connection, long from, long to) throws SQLException {
    return Jdbc.update(
        connection,
        """
        UPDATE %1$s t
        SET (id%2$s) = (SELECT s.id%3$s FROM (SELECT ?::bigint AS id) s)
        WHERE t.id = ?"""
            .formatted(table, kindColumn(), kind("s.id")),
        to,
        from);
  }

  @Override
  public void merge(Connection connection, long id, Item item) throws SQLException {
    Jdbc.update(
        connection,
        """
        MERGE INTO %1$s t
        USING (SELECT ?::bigint AS id, ?::text AS code, %2$s AS amount, ?::text AS note) s
        ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET code = s.code, %3$s = s.amount, note = s.note
        WHEN NOT MATCHED THEN INSERT (id, code, %3$s, note, tag%4$s)
          VALUES (s.id, s.code, s.amount, s.note, 0%5$s)"""
            .formatted(table, given(), amount, kindColumn(), kind("s.id")),
        id,
        item.code(),
        item.cents(),
        item.note());
  }

  @Override
  public void copyIn(Connection connection, Map<Long, Item> items) throws SQLException {
    StringBuilder lines = new StringBuilder();
    items.forEach(
        (id, item) ->
            lines
                .append(id)
                .append('\t')
                .append(item.code())
                .append('\t')
                .append(inCents ? item.cents() : BigDecimal.valueOf(item.cents(), 2))
                .append('\t')
                .append(item.note())
                .append("\t0")
                .append(kinds ? id / 10 % 2 == 0 ? "\ta" : "\tb" : "")
                .append('\n'));
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY %s (id, code, %s, note, tag%s) FROM STDIN"
                  .formatted(table, amount, kindColumn()),
              new StringReader(lines.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void setCode(Connection connection, long id, String code) throws SQLException {
    Jdbc.update(connection, "UPDATE %s SET code = ? WHERE id = ?".formatted(table), code, id);
  }

  @Override
  public void swap(Connection connection, long a, String codeOfA, long b, String codeOfB)
      throws SQLException {
    if (deferrable) {
      Jdbc.update(
          connection,
          "UPDATE %s SET code = CASE id WHEN ? THEN ? ELSE ? END WHERE id IN (?, ?)"
              .formatted(table),
          a,
          codeOfB,
          codeOfA,
          a,
          b);
    } else {
      setCode(connection, a, codeOfA + "/" + codeOfB);
      setCode(connection, b, codeOfA);
      setCode(connection, a, codeOfB);
    }
  }

  @Override
  public long touch(Connection connection, long from, long to) throws SQLException {
    return Jdbc.update(
        connection,
        "UPDATE %s SET tag = tag + 1 WHERE id >= ? AND id < ?".formatted(table),
        from,
        to);
  }

  @Override
  public void refill(Connection connection, int rows, int generation) throws SQLException {
    Jdbc.execute(connection, "TRUNCATE " + table);
    load(connection, rows, generation);
  }

  /** Fills it; what {@link Item#initial} says. */
  void load(Connection connection, int rows, int generation) throws SQLException {
    Jdbc.update(
        connection,
        """
        INSERT INTO %1$s (id, code, %2$s, note, tag%3$s)
        SELECT s.id, 'c%4$d-' || s.id, s.id * 7 %% 100000%5$s, 'g%4$d ' || s.id, 0%6$s
        FROM (SELECT i * 10::bigint AS id, i FROM generate_series(1, %7$d) i) s
        WHERE %8$s"""
            .formatted(
                table,
                amount,
                kindColumn(),
                generation,
                inCents ? "" : " / 100.0",
                kind("s.id"),
                rows,
                part));
  }

  @Override
  public Optional<Item> read(Connection connection, long id) throws SQLException {
    List<Item> items =
        Jdbc.list(
            connection,
            "SELECT code, %s, note FROM %s WHERE id = ?".formatted(read(), table),
            row -> new Item(row.getString(1), row.getLong(2), row.getString(3)),
            id);
    return items.stream().findFirst();
  }

  @Override
  public Map<Long, Item> all(Connection connection) throws SQLException {
    Map<Long, Item> all = new HashMap<>();
    Jdbc.list(
            connection,
            "SELECT id, code, %s, note FROM %s".formatted(read(), table),
            row ->
                Map.entry(
                    row.getLong(1), new Item(row.getString(2), row.getLong(3), row.getString(4))))
        .forEach(row -> all.put(row.getKey(), row.getValue()));
    return all;
  }

  @Override
  public boolean adopt(Connection connection, long id, long parent) throws SQLException {
    return parents
        && Jdbc.update(
                connection, "UPDATE %s SET parent = ? WHERE id = ?".formatted(table), parent, id)
            > 0;
  }
}
