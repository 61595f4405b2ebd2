package dev.kedge.reconcile;

import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.reconcile.Seen.Counts;
import dev.kedge.reconcile.Seen.KeySeen;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads the one row that comparing a range comes to. */
final class Pass {
  private Pass() {}

  /** Of a copy: what does not differ agrees. */
  static Seen copy(Sql sql, Moment moment, KeyRange range, Fragment compare) throws SQLException {
    return sql.one(
        compare.text(),
        row -> {
          List<KeySeen> keys = keys(row);
          long found = row.getLong("found");
          long compared = found - count(keys, Kind.EXTRA);
          long following = found - count(keys, Kind.MISSING);
          Counts counts =
              new Counts(compared, following, found - keys.size(), 0, row.getString("digest"));
          return new Seen(moment, range, counts, keys);
        },
        compare.values());
  }

  /** Of a move in place: a row agrees in one direction or in the other. */
  static Seen inPlace(Sql sql, Moment moment, KeyRange range, Fragment compare)
      throws SQLException {
    return sql.one(
        compare.text(),
        row -> {
          long compared = row.getLong("compared");
          Counts counts =
              new Counts(
                  compared,
                  compared,
                  row.getLong("forward"),
                  row.getLong("reverse"),
                  row.getString("digest"));
          return new Seen(moment, range, counts, keys(row));
        },
        compare.values());
  }

  private static long count(List<KeySeen> keys, Kind kind) {
    return keys.stream().filter(key -> key.kind() == kind).count();
  }

  // More than were told are too much for one chunk, be its rows few or many.
  private static List<KeySeen> keys(ResultSet row) throws SQLException {
    List<KeySeen> keys = new ArrayList<>();
    java.sql.Array array = row.getArray("keys");
    if (array != null) {
      for (String[] key : (String[][]) array.getArray()) {
        keys.add(
            new KeySeen(
                List.copyOf(Arrays.asList(key).subList(1, key.length)), Kind.of(key[0]), false));
      }
    }
    if (row.getLong("differing") > keys.size()) {
      throw new SQLException("too many keys differ for one chunk", "54000");
    }
    return keys;
  }
}
