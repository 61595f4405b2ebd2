package dev.kedge.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.kedge.activity.Payloads;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One index or constraint of a copy's target that is dropped before the copy and built after it, as
 * the catalog describes it.
 *
 * @param kind what it is
 * @param name its name, unquoted; constraint and index of a unique constraint share it
 * @param object the index with its schema, quoted; empty for a foreign key
 * @param index {@code CREATE INDEX …}; empty for a foreign key
 * @param definition a foreign key's definition; for a unique constraint when it is checked
 * @param comment the comment on the constraint; null without one, and for an index
 * @param indexComment the comment on the index; null without one
 */
record Deferred(
    Kind kind,
    String name,
    String object,
    String index,
    String definition,
    @Nullable String comment,
    @Nullable String indexComment) {

  /** What can be deferred. */
  enum Kind {
    INDEX,
    UNIQUE,
    FOREIGN
  }

  /** What the catalog has now. */
  static List<Deferred> read(Sql sql, MovePlan move) throws SQLException {
    String target = Quoting.table(move.target());
    List<String> key = move.key().stream().map(column -> column.target()).toList();
    List<Deferred> found =
        new ArrayList<>(sql.list(DeferredSql.INDEXES, Deferred::of, target, key));
    found.addAll(sql.list(DeferredSql.FOREIGN_KEYS, Deferred::of, target));
    return found;
  }

  /** Drops it from {@code table}. */
  String drop(String table) {
    return kind == Kind.INDEX
        ? "DROP INDEX " + object
        : "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, Quoting.name(name));
  }

  /** Builds its index without keeping anybody from writing. */
  String build() {
    return index.replaceFirst("^CREATE (UNIQUE )?INDEX ", "CREATE $1INDEX CONCURRENTLY ");
  }

  /** Makes the constraint, from the index or unchecked. */
  String add(String table) {
    String constraint =
        kind == Kind.UNIQUE
            ? "UNIQUE USING INDEX " + Quoting.name(name) + definition
            : definition + (isChecked() ? " NOT VALID" : "");
    return "ALTER TABLE %s ADD CONSTRAINT %s %s".formatted(table, Quoting.name(name), constraint);
  }

  /** Checks a foreign key that was added unchecked. */
  String validate(String table) {
    return "ALTER TABLE %s VALIDATE CONSTRAINT %s".formatted(table, Quoting.name(name));
  }

  /** Whether a foreign key was valid before. */
  boolean isChecked() {
    return !definition.endsWith(" NOT VALID");
  }

  /** Gives constraint and index the comments that they had. */
  List<String> comments(String table) {
    List<String> statements = new ArrayList<>();
    if (comment != null) {
      statements.add(
          "COMMENT ON CONSTRAINT %s ON %s IS %s"
              .formatted(Quoting.name(name), table, text(comment)));
    }
    if (indexComment != null) {
      statements.add("COMMENT ON INDEX %s IS %s".formatted(object, text(indexComment)));
    }
    return statements;
  }

  private static String text(String comment) {
    return "'" + comment.replace("'", "''") + "'";
  }

  static String write(List<Deferred> all) {
    try {
      return Payloads.mapper().writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("indexes can be written as JSON", e);
    }
  }

  static List<Deferred> parse(String json) {
    try {
      return Payloads.mapper().readValue(json, new TypeReference<List<Deferred>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("kedge.move.deferred is not what was written there", e);
    }
  }

  private static Deferred of(ResultSet row) throws SQLException {
    return new Deferred(
        Kind.valueOf(row.getString("kind")),
        row.getString("name"),
        row.getString("object"),
        row.getString("index"),
        row.getString("definition"),
        row.getString("comment"),
        row.getString("index_comment"));
  }
}
