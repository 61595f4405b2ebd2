package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.spec.TableName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The strongest lock that PostgreSQL documents for a kind of statement, on each table it names. The
 * clones cannot tell: their transaction made them and holds every lock on them already.
 */
final class StatementLocks {
  private static final String ALL = "AccessExclusiveLock";
  private static final String ROW_EXCLUSIVE_WRITES = "ShareRowExclusiveLock";
  private static final String WRITES = "ShareLock";
  private static final String OTHER_DDL = "ShareUpdateExclusiveLock";

  private final List<SqlText.Token> tokens;
  private final Set<String> locks = new LinkedHashSet<>();

  private StatementLocks(String sql) {
    this.tokens = SqlText.tokens(sql);
  }

  /** {@code relation MODE} each; empty when it locks no table there is, or none that is known. */
  static List<String> of(String sql) {
    StatementLocks statement = new StatementLocks(sql);
    statement.find(word(statement.tokens, 0), word(statement.tokens, 1));
    return List.copyOf(statement.locks);
  }

  private void find(String verb, String object) {
    switch (verb) {
      case "alter" -> {
        if (object.equals("table")) {
          alterTable();
        }
      }
      case "create" -> create(object);
      case "drop" -> {
        if (object.equals("table") || object.equals("view")) {
          lock(afterWord(object), ALL);
        } else if (object.equals("trigger") || object.equals("policy") || object.equals("rule")) {
          lock(afterWord("on"), ALL);
        }
      }
      case "comment" -> {
        if (word(tokens, 2).equals("table")) {
          lock(afterWord("table"), OTHER_DDL);
        }
      }
      default -> {
        // GRANT and REVOKE lock no table.
      }
    }
  }

  private void alterTable() {
    boolean foreignKey = has("references") && !has("column");
    boolean mild = has("validate") || has("statistics");
    lock(afterWord("table"), foreignKey ? ROW_EXCLUSIVE_WRITES : mild ? OTHER_DDL : ALL);
    references();
  }

  private void create(String object) {
    switch (object) {
      case "table" -> references();
      case "unique", "index" -> lock(afterWord("on"), has("concurrently") ? OTHER_DDL : WRITES);
      case "trigger" -> lock(afterWord("on"), ROW_EXCLUSIVE_WRITES);
      case "policy" -> lock(afterWord("on"), ALL);
      case "rule" -> lock(afterWord("to"), ALL);
      default -> {
        // Views, types and functions lock no table.
      }
    }
  }

  private void references() {
    for (int i = 0; i < tokens.size(); i++) {
      if (word(tokens, i).equals("references")) {
        lock(i + 1, ROW_EXCLUSIVE_WRITES);
      }
    }
  }

  /**
   * Where the name begins that follows the first {@code keyword}; behind the end if there is none.
   */
  private int afterWord(String keyword) {
    int i = 0;
    while (i < tokens.size() && !word(tokens, i).equals(keyword)) {
      i++;
    }
    i++;
    while (Set.of("if", "exists", "only").contains(word(tokens, i))) {
      i++;
    }
    return i;
  }

  private void lock(int at, String mode) {
    if (at >= tokens.size() || !tokens.get(at).isName()) {
      return;
    }
    String first = tokens.get(at).name();
    boolean qualified =
        at + 2 < tokens.size() && tokens.get(at + 1).is(".") && tokens.get(at + 2).isName();
    TableName table =
        qualified
            ? new TableName(first, tokens.get(at + 2).name())
            : new TableName("public", first);
    locks.add(Quoting.readable(table) + " " + mode);
  }

  private boolean has(String keyword) {
    return tokens.stream().anyMatch(t -> t.kind() == SqlText.Kind.WORD && t.name().equals(keyword));
  }

  private static String word(List<SqlText.Token> tokens, int index) {
    return index < tokens.size() && tokens.get(index).kind() == SqlText.Kind.WORD
        ? tokens.get(index).name()
        : "";
  }
}
