package dev.kedge.bench.stress;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** One shape of the data as the application writes it; plain SQL, none of Kedge's. */
interface Side {
  /** Its name in messages. */
  String name();

  void insert(Connection connection, long id, Item item) throws SQLException;

  /** Rows changed. */
  long update(Connection connection, long id, Item item) throws SQLException;

  long delete(Connection connection, long id) throws SQLException;

  /** Gives a row another key. */
  long rekey(Connection connection, long from, long to) throws SQLException;

  /** Updates the row, or inserts it, by MERGE. */
  void merge(Connection connection, long id, Item item) throws SQLException;

  /** Inserts rows by COPY. */
  void copyIn(Connection connection, Map<Long, Item> items) throws SQLException;

  /** Two rows exchange their codes: {@code b} gets {@code codeOfA}. */
  void swap(Connection connection, long a, String codeOfA, long b, String codeOfB)
      throws SQLException;

  /** Touches what no journal keeps of every row between two keys; rows changed. */
  long touch(Connection connection, long from, long to) throws SQLException;

  /** Empties it and loads it anew, every key a multiple of {@link Keys#STEP}. */
  void refill(Connection connection, int rows, int generation) throws SQLException;

  Optional<Item> read(Connection connection, long id) throws SQLException;

  /** All rows. */
  Map<Long, Item> all(Connection connection) throws SQLException;

  /** Changes a part of the row that other transactions may write apart from the rest. */
  default long updateHalf(Connection connection, long id, Item item) throws SQLException {
    return update(connection, id, item);
  }

  /** Makes a row refer to a parent; false where there are none. */
  default boolean adopt(Connection connection, long id, long parent) throws SQLException {
    return false;
  }
}
