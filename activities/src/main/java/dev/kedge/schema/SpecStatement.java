package dev.kedge.schema;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/** What a statement of a spec may be: exactly one, and one whose effect the catalog shows. */
final class SpecStatement {
  private static final Set<String> KINDS =
      Set.of("create", "alter", "drop", "comment", "grant", "revoke", "reindex");

  // Of the whole cluster, or outside of any transaction: neither rehearsed nor rolled back.
  private static final Set<String> TOO_WIDE =
      Set.of("system", "database", "role", "user", "group", "tablespace", "subscription", "server");

  private static final Pattern CONCURRENTLY =
      Pattern.compile(
          "^(\\s*(?:CREATE\\s+(?:UNIQUE\\s+)?INDEX|DROP\\s+INDEX|REINDEX\\s+\\w+))\\s+CONCURRENTLY\\b",
          Pattern.CASE_INSENSITIVE);

  private SpecStatement() {}

  /** What is wrong with {@code sql} as a statement of expand or contract. */
  static Optional<String> fault(String sql) {
    Optional<String> several = notOne(sql);
    if (several.isPresent()) {
      return several;
    }
    List<SqlText.Token> tokens = SqlText.tokens(sql);
    String first = word(tokens, 0);
    if (!KINDS.contains(first)) {
      return Optional.of(
          "%s cannot stand in expand or contract: only CREATE, ALTER, DROP, COMMENT, GRANT, REVOKE and REINDEX can be rehearsed and taken back"
              .formatted(first.toUpperCase(Locale.ROOT)));
    }
    if (TOO_WIDE.contains(word(tokens, 1))) {
      return Optional.of(
          "%s %s reaches beyond one database; run it by hand"
              .formatted(first.toUpperCase(Locale.ROOT), word(tokens, 1).toUpperCase(Locale.ROOT)));
    }
    if (isConcurrent(sql) && first.equals("create") && ConcurrentIndex.of(sql).isEmpty()) {
      return Optional.of(
          "an index built CONCURRENTLY needs a name here: an invalid leftover could not be found");
    }
    return Optional.empty();
  }

  /** What makes {@code sql} none or several statements to the driver, and so to the server. */
  static Optional<String> notOne(String sql) {
    if (sql.indexOf('\0') >= 0) {
      return Optional.of("it has a NUL character");
    }
    try {
      List<NativeQuery> queries = Parser.parseJdbcSql(sql, true, false, true, false, false);
      long statements = queries.stream().filter(query -> !query.nativeSql.isBlank()).count();
      boolean one = statements == 1 && SqlText.tokens(sql).stream().noneMatch(t -> t.is(";"));
      return one ? Optional.empty() : Optional.of("it is not exactly one statement");
    } catch (SQLException e) {
      return Optional.of("it is not exactly one statement");
    }
  }

  /** Whether it is a statement on indexes with CONCURRENTLY. */
  static boolean isConcurrent(String sql) {
    return CONCURRENTLY.matcher(sql).find();
  }

  /** The same without CONCURRENTLY, which no transaction takes; the catalog ends up the same. */
  static String inTransaction(String sql) {
    return CONCURRENTLY.matcher(sql).replaceFirst("$1");
  }

  private static String word(List<SqlText.Token> tokens, int index) {
    return index < tokens.size() && tokens.get(index).kind() == SqlText.Kind.WORD
        ? tokens.get(index).name()
        : "this";
  }
}
