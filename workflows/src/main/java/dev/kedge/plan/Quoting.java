package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.Collection;
import java.util.stream.Collectors;

/** Quotes names for SQL; the one way a name gets into a statement. */
public final class Quoting {
  private Quoting() {}

  /** The name in double quotes, inner ones doubled. Throws on NUL, which no name can hold. */
  public static String name(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a name: \"" + name.replace("\0", "\\0") + "\"");
    }
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Schema and table, both quoted. */
  public static String table(TableName table) {
    return name(table.schema()) + "." + name(table.name());
  }

  /** The names quoted, a comma between. */
  public static String list(Collection<String> names) {
    return names.stream().map(Quoting::name).collect(Collectors.joining(", "));
  }

  /** The text in single quotes as a literal; only for what cannot be bound, as in SET. */
  public static String literal(String text) {
    if (text.indexOf('\0') >= 0 || text.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("not a plain literal");
    }
    return '\'' + text.replace("'", "''") + '\'';
  }
}
