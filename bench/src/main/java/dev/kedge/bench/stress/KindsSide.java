package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A side of two tables of the same form; the key's place says which one has the row.
 *
 * @param a has rows whose place is even
 * @param b has the others
 */
record KindsSide(TableSide a, TableSide b) implements Side {
  @Override
  public String name() {
    return a.name() + " and " + b.name();
  }

  private TableSide of(long id) {
    return id / Keys.STEP % 2 == 0 ? a : b;
  }

  @Override
  public void insert(Connection connection, long id, Item item) throws SQLException {
    of(id).insert(connection, id, item);
  }

  @Override
  public long update(Connection connection, long id, Item item) throws SQLException {
    return of(id).update(connection, id, item);
  }

  @Override
  public long delete(Connection connection, long id) throws SQLException {
    return of(id).delete(connection, id);
  }

  /** To the other table, where the new key belongs there. */
  @Override
  public long rekey(Connection connection, long from, long to) throws SQLException {
    if (of(from).equals(of(to))) {
      return of(from).rekey(connection, from, to);
    }
    Optional<Item> item = of(from).read(connection, from);
    if (item.isEmpty()) {
      return 0;
    }
    long rows = of(from).delete(connection, from);
    of(to).insert(connection, to, item.get());
    return rows;
  }

  @Override
  public void merge(Connection connection, long id, Item item) throws SQLException {
    of(id).merge(connection, id, item);
  }

  @Override
  public void copyIn(Connection connection, Map<Long, Item> items) throws SQLException {
    for (TableSide side : new TableSide[] {a, b}) {
      Map<Long, Item> own = new TreeMap<>(items);
      own.keySet().removeIf(id -> !of(id).equals(side));
      side.copyIn(connection, own);
    }
  }

  @Override
  public void swap(Connection connection, long one, String codeOfOne, long two, String codeOfTwo)
      throws SQLException {
    if (of(one).equals(of(two))) {
      of(one).swap(connection, one, codeOfOne, two, codeOfTwo);
    } else {
      of(one).setCode(connection, one, codeOfTwo);
      of(two).setCode(connection, two, codeOfOne);
    }
  }

  @Override
  public long touch(Connection connection, long from, long to) throws SQLException {
    return a.touch(connection, from, to) + b.touch(connection, from, to);
  }

  @Override
  public void refill(Connection connection, int rows, int generation) throws SQLException {
    Jdbc.execute(connection, "TRUNCATE %s, %s".formatted(a.table(), b.table()));
    a.load(connection, rows, generation);
    b.load(connection, rows, generation);
  }

  @Override
  public Optional<Item> read(Connection connection, long id) throws SQLException {
    return of(id).read(connection, id);
  }

  @Override
  public Map<Long, Item> all(Connection connection) throws SQLException {
    Map<Long, Item> all = new HashMap<>(a.all(connection));
    all.putAll(b.all(connection));
    return all;
  }
}
