package dev.kedge.backfill;

import dev.kedge.capture.KeyLog;
import dev.kedge.postgres.Sql;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.StoredKeys;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The captured keys that a round applies. Few of them come here and go back with each statement.
 * Many, as one statement of the application's may leave them, stay on the server in a table of the
 * round's transaction: they need no memory of ours, and are sent nowhere.
 */
final class Pending {
  // So many take a few milliseconds, there and back.
  private static final int MOST_HERE = 10_000;

  private static final String TABLE = "pg_temp.kedge_window";

  private static final String MAY_STORE =
      "SELECT has_database_privilege(current_database(), 'TEMP') AS may";

  private final Sql sql;
  private final KeyLog log;
  private final int mostHere;
  private Window here = new Window(List.of(), false);
  private long stored;
  private boolean storing;
  private boolean emptied;

  Pending(Sql sql, KeyLog log) {
    this(sql, log, MOST_HERE);
  }

  Pending(Sql sql, KeyLog log, int mostHere) {
    this.sql = sql;
    this.log = log;
    this.mostHere = mostHere;
  }

  /** Adds the keys of a query of {@link WindowSql}. */
  void add(Fragment query) throws SQLException {
    if (!storing) {
      Window first = Window.read(sql, log, query.then("\nLIMIT ?", mostHere + 1));
      if (first.keys().size() + here.keys().size() <= mostHere) {
        here = here.and(first);
        return;
      }
      if (!sql.one(MAY_STORE, row -> row.getBoolean("may"))) {
        here = here.and(Window.read(sql, log, query));
        return;
      }
      store();
    }
    Fragment insert = Fragment.of("INSERT INTO " + TABLE + "\n").then(query);
    stored += sql.update(insert.text(), insert.values());
  }

  private void store() throws SQLException {
    storing = true;
    sql.execute(
        "CREATE TEMPORARY TABLE kedge_window (%s) ON COMMIT DROP"
            .formatted(columns(" text COLLATE \"C\"")));
    emptied = here.emptied();
    stored =
        sql.update(
            "INSERT INTO %s SELECT * FROM unnest(%s)".formatted(TABLE, binds()),
            here.keySet(log).columns().toArray());
    here = new Window(List.of(), false);
  }

  private String binds() {
    return log.key().names().stream().map(name -> "?::text[]").collect(Collectors.joining(", "));
  }

  private String columns(String type) {
    return IntStream.rangeClosed(1, log.key().names().size())
        .mapToObj(i -> "k" + i + type)
        .collect(Collectors.joining(", "));
  }

  /** Ends adding: what is stored is made ready for the statements. */
  void close() throws SQLException {
    if (storing) {
      long marks = sql.update("DELETE FROM " + TABLE + " WHERE k1 IS NULL");
      emptied |= marks > 0;
      stored -= marks;
      sql.execute("ANALYZE " + TABLE);
    }
  }

  /** Whether the captured table was emptied meanwhile; then all keys of a range count. */
  boolean emptied() {
    return emptied || here.emptied();
  }

  long size() {
    return storing ? stored : here.keys().size();
  }

  boolean isEmpty() {
    return size() == 0 && !emptied();
  }

  /** The keys as a scope. */
  KeyScope scope() {
    return storing ? new StoredKeys(TABLE) : here.keySet(log);
  }

  /** Leaves keys out. */
  void without(Set<List<String>> keys) throws SQLException {
    if (keys.isEmpty()) {
      return;
    }
    if (!storing) {
      here =
          new Window(here.keys().stream().filter(key -> !keys.contains(key)).toList(), emptied());
      return;
    }
    stored -=
        sql.update(
            "DELETE FROM %s WHERE (%s) IN (SELECT * FROM unnest(%s))"
                .formatted(TABLE, columns(""), binds()),
            KeySet.of(log.key().names().size(), List.copyOf(keys)).columns().toArray());
  }

  /** Takes up to so many keys out, for a transaction that will be rolled back. */
  List<List<String>> take(int most) throws SQLException {
    if (storing) {
      return Window.read(
              sql,
              log,
              Fragment.of(
                  "DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s LIMIT ?)) RETURNING %2$s"
                      .formatted(TABLE, columns("")),
                  most))
          .keys();
    }
    List<List<String>> all = here.keys();
    List<List<String>> taken = all.subList(0, Math.min(most, all.size()));
    here = new Window(all.subList(taken.size(), all.size()), here.emptied());
    return taken;
  }
}
