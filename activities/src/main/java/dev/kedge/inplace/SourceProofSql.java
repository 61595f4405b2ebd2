package dev.kedge.inplace;

import dev.kedge.plan.MovePlan;
import dev.kedge.plan.ProjectedColumn;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Digest;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.List;
import java.util.stream.Collectors;

/** The statements of {@link SourceProof}. */
final class SourceProofSql {
  static final String READS =
      """
      SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
      FROM kedge.move m
      JOIN pg_attribute a ON a.attrelid = m.source_oid AND a.attname = ANY (m.reads)
      WHERE m.migration = ? AND m.move = ?
      ORDER BY a.attnum""";

  /**
   * Whether a trigger or a rule of the table that is not ours answers to an UPDATE of this session.
   * 16 is UPDATE, of a trigger's type; 2 of a rule's. What an UPDATE does to other tables by
   * foreign keys is none: the plan refuses them on filled columns.
   */
  static final String OTHERS_FIRE =
      """
      SELECT EXISTS (
          SELECT
          FROM pg_trigger t
          JOIN pg_proc p ON p.oid = t.tgfoid
          JOIN pg_namespace n ON n.oid = p.pronamespace
          WHERE t.tgrelid = ?::regclass AND NOT t.tgisinternal AND n.nspname <> 'kedge'
            AND t.tgtype & 16 <> 0
            AND t.tgenabled IN ('A',
              CASE current_setting('session_replication_role') WHEN 'replica' THEN 'R' ELSE 'O' END))
        OR EXISTS (
          SELECT
          FROM pg_rewrite
          WHERE ev_class = ?::regclass AND ev_type = '2' AND ev_enabled <> 'D') AS fires""";

  // Sessions are many over the years, and few at a time.
  static final String NOTE =
      """
      INSERT INTO kedge.source_proof AS s (migration, move, session, rows, before, after, changed)
      VALUES (?, ?, pg_backend_pid(), ?, ?::numeric, ?::numeric, ?)
      ON CONFLICT (migration, move, session) DO UPDATE
      SET rows = s.rows + excluded.rows, before = s.before + excluded.before,
        after = s.after + excluded.after, changed = s.changed + excluded.changed""";

  private SourceProofSql() {}

  /**
   * The statement that fills, and what it did to the columns that are read. Its snapshot still has
   * each row as it was: what it has written itself no statement sees.
   */
  static Fragment fill(MovePlan move, KeyRange range, List<ProjectedColumn> reads) {
    String table = Quoting.table(move.source());
    return Fragment.of("WITH kedge_filled AS (\n")
        .then(FillSql.fill(move, range))
        .then(
            """

              RETURNING %s AS after,
                (SELECT %s FROM %s kedge_was WHERE %s) AS before
            )
            SELECT count(*) AS rows, coalesce(sum(before), 0)::text AS before,
              coalesce(sum(after), 0)::text AS after,
              count(*) FILTER (WHERE after IS DISTINCT FROM before) AS changed
            FROM kedge_filled"""
                .formatted(
                    Digest.of(reads, Quoting.name(move.source().name()) + "."),
                    Digest.of(reads, "kedge_was."),
                    table,
                    sameKey(move)));
  }

  private static String sameKey(MovePlan move) {
    KeySide key = Projection.sourceKey(move);
    String now = Quoting.name(move.source().name());
    return key.names().stream()
        .map(Quoting::name)
        .map(name -> "kedge_was.%1$s = %2$s.%1$s".formatted(name, now))
        .collect(Collectors.joining(" AND "));
  }
}
