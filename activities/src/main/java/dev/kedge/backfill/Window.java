package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that were captured since a snapshot, as the transaction sees them.
 *
 * @param keys one element a column
 * @param emptied whether the captured table was emptied meanwhile; then all keys of a range count
 */
public record Window(List<List<String>> keys, boolean emptied) {
  public Window {
    keys = List.copyOf(keys);
  }

  /** Reads a window. */
  static Window read(Sql sql, KeyLog log, Fragment query) throws SQLException {
    int columns = log.key().names().size();
    List<List<String>> keys = new ArrayList<>();
    boolean emptied = false;
    for (List<String> key :
        sql.list(
            query.text(),
            row -> {
              List<String> values = new ArrayList<>();
              for (int i = 1; i <= columns; i++) {
                String value = row.getString(i);
                if (value != null) {
                  values.add(value);
                }
              }
              return values;
            },
            query.values())) {
      if (key.size() == columns) {
        keys.add(key);
      } else {
        emptied = true;
      }
    }
    return new Window(keys, emptied);
  }

  /** All keys captured since {@code applied}. */
  public static Window since(Sql sql, KeyLog log, String applied) throws SQLException {
    return read(sql, log, WindowSql.keysIn(log, applied, Cut.NONE, KeyRange.ALL));
  }

  /** Whether more than so many writes were captured since {@code applied}. */
  public static boolean exceeds(Sql sql, KeyLog log, String applied, long writes)
      throws SQLException {
    Fragment more = WindowSql.exceeds(log, applied, writes);
    return sql.one(more.text(), row -> row.getBoolean("found"), more.values());
  }

  /** At most so many of them, whichever. */
  static Window some(Sql sql, KeyLog log, String applied, long most) throws SQLException {
    return read(
        sql, log, WindowSql.keysIn(log, applied, Cut.NONE, KeyRange.ALL).then("\nLIMIT ?", most));
  }

  /**
   * The first keys captured since {@code applied}, so many that a round stays short.
   *
   * @param snapshot up to where; null for all
   */
  public record Part(Window window, @Nullable String snapshot) {}

  /** The first part of what was captured since {@code applied}. */
  public static Part part(Sql sql, KeyLog log, String applied) throws SQLException {
    Cut cut = Cut.of(sql, log, applied);
    return new Part(
        read(sql, log, WindowSql.keysIn(log, applied, cut, KeyRange.ALL)), cut.snapshot());
  }

  /** Both windows. */
  public Window and(Window other) {
    List<List<String>> all = new ArrayList<>(keys);
    all.addAll(other.keys);
    return new Window(all, emptied || other.emptied);
  }

  public boolean isEmpty() {
    return keys.isEmpty() && !emptied;
  }

  /** The keys as a scope. */
  public KeySet keySet(KeyLog log) {
    return KeySet.of(log.key().names().size(), keys);
  }
}
