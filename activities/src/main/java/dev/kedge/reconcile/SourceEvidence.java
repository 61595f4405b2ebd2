package dev.kedge.reconcile;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Plan;
import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What filling in place did to the columns it reads: their digests before and after, of the rows
 * that were looked at, and in how many they differ.
 */
final class SourceEvidence {
  private static final String PROOF =
      """
      SELECT m.reads, coalesce(sum(p.rows), 0)::bigint AS rows,
        coalesce(sum(p.before), 0)::text AS before, coalesce(sum(p.after), 0)::text AS after,
        coalesce(sum(p.changed), 0)::bigint AS changed
      FROM kedge.move m
      LEFT JOIN kedge.source_proof p ON p.migration = m.migration AND p.move = m.move
      WHERE m.migration = ? AND m.move = ? AND m.reads IS NOT NULL
      GROUP BY m.reads""";

  private SourceEvidence() {}

  /** Nothing of a move that an earlier release began. */
  static Optional<Map<String, Object>> of(Sql sql, long migration, MovePlan move)
      throws SQLException {
    return sql.first(PROOF, SourceEvidence::read, migration, move.number());
  }

  private static Map<String, Object> read(ResultSet row) throws SQLException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("columns", Objects.requireNonNull(Sql.texts(row, "reads")));
    content.put("rows", row.getLong("rows"));
    content.put("before", row.getString("before"));
    content.put("after", row.getString("after"));
    content.put("changed", row.getLong("changed"));
    return content;
  }

  /**
   * What is in doubt about it. A trigger that the spec lets fire may change what it likes: that is
   * counted, and no doubt.
   */
  static Optional<String> doubt(Map<String, Object> content, Plan plan, MovePlan move) {
    boolean changed = content.get("changed") instanceof Long rows && rows > 0;
    List<String> accepted = plan.spec().moves().get(move.number() - 1).fires();
    return changed && accepted.isEmpty()
        ? Optional.of(
            "filling changed what is read (%s) in rows: %s; a trigger of the table that `fires` does not name"
                .formatted(content.get("columns"), content.get("changed")))
        : Optional.empty();
  }
}
