package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import dev.kedge.spec.TableName;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Schemas that stand for the real ones during a rehearsal, and the names in them. They live in a
 * transaction that is always rolled back.
 */
final class Scratch {
  private final Sql sql;
  private final String prefix =
      "kedge_rehearsal_" + Long.toString(ThreadLocalRandom.current().nextLong(36L << 40), 36);
  private final Map<String, String> schemas = new LinkedHashMap<>();
  private final Set<TableName> names = new LinkedHashSet<>();

  Scratch(Sql sql) {
    this.sql = sql;
  }

  /** The schema that stands for {@code real}, made when it is not there yet. */
  String schema(String real) throws SQLException {
    String scratch = schemas.get(real);
    if (scratch == null) {
      scratch = prefix + "_" + (schemas.size() + 1);
      schemas.put(real, scratch);
      sql.execute("CREATE SCHEMA " + Quoting.name(scratch));
    }
    return scratch;
  }

  /** From now on {@code schema.name} in statements means the one in the scratch schema. */
  TableName redirect(TableName real) throws SQLException {
    String scratch = schema(real.schema());
    names.add(real);
    return new TableName(scratch, real.name());
  }

  boolean redirects(TableName real) {
    return names.contains(real);
  }

  /** The names of all scratch schemas. */
  List<String> schemas() {
    return List.copyOf(schemas.values());
  }

  /** The real schema that {@code schema} stands for; itself when it stands for none. */
  String realSchema(String schema) {
    return schemas.entrySet().stream()
        .filter(entry -> entry.getValue().equals(schema))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(schema);
  }

  /**
   * Settings for what a spec brings along: names are looked up as the real statement will, only in
   * scratch schemas first, and whatever it reaches for it does not hold for long.
   */
  String settings() throws SQLException {
    return "SET LOCAL statement_timeout = 1000; SET LOCAL search_path = %s, public"
        .formatted(Quoting.name(schema("public")));
  }

  /** Takes {@link #settings} back. */
  static String ourSettings() {
    return "SET LOCAL statement_timeout = 10000; " + Statements.OUR_PATH;
  }

  /**
   * The statement with each {@code schema.table} that is redirected pointing into the scratch
   * schema. Literals and comments stay as they are.
   */
  String rewrite(String statement) {
    List<SqlText.Token> tokens = SqlText.tokens(statement);
    StringBuilder out = new StringBuilder();
    int copied = 0;
    for (int i = 0; i + 2 < tokens.size(); i++) {
      SqlText.Token schema = tokens.get(i);
      boolean begins = i == 0 || !tokens.get(i - 1).is(".");
      if (begins && schema.isName() && tokens.get(i + 1).is(".") && tokens.get(i + 2).isName()) {
        TableName name = new TableName(schema.name(), tokens.get(i + 2).name());
        String scratch = schemas.get(name.schema());
        if (scratch != null && names.contains(name)) {
          out.append(statement, copied, schema.start()).append(Quoting.name(scratch));
          copied = schema.end();
        }
      }
    }
    return out.append(statement, copied, statement.length()).toString();
  }

  /** Text of the server with the real schemas' names in place of the scratch ones. */
  String real(String text) {
    String result = text;
    for (Map.Entry<String, String> schema : schemas.entrySet()) {
      result =
          result
              .replace(Quoting.name(schema.getValue()), Quoting.readable(schema.getKey()))
              .replace(schema.getValue(), Quoting.readable(schema.getKey()));
    }
    return result;
  }
}
