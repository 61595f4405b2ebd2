package dev.kedge.reconcile;

import dev.kedge.postgres.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the ranges of a move were compared to, all together: rows of either side, the digest of the
 * truth's, since when, and how many groups there are. Group values are row values, and stay in the
 * database.
 */
final class RangeEvidence {
  private static final String RANGES =
      """
      SELECT count(*) AS ranges, coalesce(sum(compared), 0) AS rows,
        coalesce(sum(following), 0) AS following_rows, coalesce(sum(digest), 0)::text AS digest,
        coalesce(to_json(min(compared_at)) #>> '{}', '') AS oldest,
        (SELECT count(*) FROM (%1$s) g) AS groups,
        (SELECT count(*) FROM (%1$s) g WHERE g.differ) AS differing
      FROM kedge.comparison
      WHERE migration = ? AND move = ?"""
          .formatted(
              """

              SELECT bool_or(u.ours <> u.theirs) OR sum(u.rows) <> sum(u.following_rows) AS differ
              FROM (
                SELECT s.group_key, s.rows, s.following_rows, a.n, sum(a.ours) OVER sums AS ours,
                  sum(a.theirs) OVER sums AS theirs
                FROM kedge.subtotal s
                CROSS JOIN (SELECT ?::bigint AS migration, ?::int AS move) k
                LEFT JOIN LATERAL unnest(s.sums, s.following_sums)
                  WITH ORDINALITY AS a (ours, theirs, n) ON true
                WHERE s.migration = k.migration AND s.move = k.move
                WINDOW sums AS (PARTITION BY s.group_key, a.n)
              ) u
              GROUP BY u.group_key""");

  private RangeEvidence() {}

  static Map<String, Object> of(Sql sql, long migration, int move) throws SQLException {
    return sql.one(RANGES, RangeEvidence::read, migration, move, migration, move, migration, move);
  }

  private static Map<String, Object> read(ResultSet row) throws SQLException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("number", row.getLong("ranges"));
    content.put("rows", row.getLong("rows"));
    content.put("followingRows", row.getLong("following_rows"));
    content.put("digest", row.getString("digest"));
    content.put("comparedSince", row.getString("oldest"));
    content.put("groups", row.getLong("groups"));
    content.put("groupsDiffering", row.getLong("differing"));
    return content;
  }

  /** How many groups have other counts or sums on the other side. */
  static long groupsDiffering(Map<String, Object> content) {
    return content.get("groupsDiffering") instanceof Long number ? number : 0;
  }
}
