package dev.kedge.schema;

import dev.kedge.plan.Reactions;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a table does when its rows are written. */
final class ReactionReader {
  private final Sql sql;

  ReactionReader(Sql sql) {
    this.sql = sql;
  }

  /** The reactions of the table of that oid. */
  Reactions read(long oid) throws SQLException {
    return new Reactions(
        sql.list(ReactionSql.TRIGGERS, ReactionReader::trigger, oid),
        sql.list(ReactionSql.RULES, row -> row.getString("name"), oid),
        sql.list(ReactionSql.CONSTRAINTS, ReactionReader::constraint, oid),
        sql.list(
            ReactionSql.INDEXES,
            row -> new Reactions.Index(row.getString("name"), columns(row, "columns")),
            oid),
        isSilenceable());
  }

  // Superusers, whom they granted it, and what a provider's own rules allow: only the server knows.
  private boolean isSilenceable() throws SQLException {
    try {
      Savepoints.attempt(
          sql,
          any -> {
            any.execute(ReactionSql.SILENCE);
            any.execute(ReactionSql.NO_SILENCE);
            return "";
          });
      return true;
    } catch (SQLException e) {
      Savepoints.throwUnlessRefused(e);
      return false;
    }
  }

  private static Reactions.Trigger trigger(ResultSet row) throws SQLException {
    return new Reactions.Trigger(
        row.getString("name"),
        row.getString("text"),
        row.getString("enabled"),
        row.getBoolean("before_row"),
        row.getBoolean("on_update"),
        columns(row, "update_of"),
        row.getString("condition"),
        row.getBoolean("after_ours"));
  }

  private static Reactions.Constraint constraint(ResultSet row) throws SQLException {
    return new Reactions.Constraint(
        row.getString("name"), columns(row, "columns"), row.getString("definition"));
  }

  private static List<String> columns(ResultSet row, String label) throws SQLException {
    @Nullable List<String> names = Sql.texts(row, label);
    return names == null ? List.of() : names;
  }
}
