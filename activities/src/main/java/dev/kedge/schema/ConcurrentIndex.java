package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The index that a CREATE INDEX CONCURRENTLY is to make. An attempt that failed leaves it behind
 * invalid, where IF NOT EXISTS would take it for done, and each write maintains it.
 *
 * @param name the index, unquoted
 * @param table the table as the statement spells it
 */
record ConcurrentIndex(String name, String table) {
  private static final String NAME = "(?:\"(?:[^\"]|\"\")+\"|[\\p{L}_][\\p{L}\\p{N}_$]*)";
  private static final Pattern CREATE =
      Pattern.compile(
          "\\s*CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+CONCURRENTLY\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(?<name>"
              + NAME
              + ")\\s+ON\\s+(?:ONLY\\s+)?(?<table>"
              + NAME
              + "(?:\\s*\\.\\s*"
              + NAME
              + ")?).*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final String STATE =
      """
      SELECT n.nspname, c.relname, i.indisvalid
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = ? AND i.indrelid = to_regclass(?)""";

  /** What there is of the index. */
  enum State {
    ABSENT,
    INVALID,
    VALID
  }

  /** The index of a CREATE INDEX CONCURRENTLY that names it; empty for any other statement. */
  static Optional<ConcurrentIndex> of(String statement) {
    Matcher matcher = CREATE.matcher(statement);
    return matcher.matches()
        ? Optional.of(new ConcurrentIndex(fold(matcher.group("name")), matcher.group("table")))
        : Optional.empty();
  }

  /** What there is of it; the session's search_path must be the statement's. */
  State state(Sql sql) throws SQLException {
    return sql.first(
            STATE, row -> row.getBoolean("indisvalid") ? State.VALID : State.INVALID, name, table)
        .orElse(State.ABSENT);
  }

  /** Drops it if it is there and invalid. */
  void dropInvalid(Sql sql) throws SQLException {
    if (state(sql) == State.INVALID) {
      drop(sql);
    }
  }

  /** Drops it if it is there. */
  void drop(Sql sql) throws SQLException {
    Optional<String> qualified =
        sql.first(
            STATE,
            row ->
                Quoting.name(row.getString("nspname"))
                    + "."
                    + Quoting.name(row.getString("relname")),
            name,
            table);
    if (qualified.isPresent()) {
      sql.execute("DROP INDEX CONCURRENTLY IF EXISTS " + qualified.get());
    }
  }

  private static String fold(String name) {
    return name.startsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name.toLowerCase(Locale.ROOT);
  }
}
