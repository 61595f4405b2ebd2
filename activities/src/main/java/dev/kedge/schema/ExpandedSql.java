package dev.kedge.schema;

/** The statements of {@link Expanded}. */
final class ExpandedSql {
  // Once something is captured the tables are the application's as well.
  static final String TARGETS =
      """
      SELECT DISTINCT m.id, v.move #>> '{target,schema}' AS schema, v.move #>> '{target,name}' AS name
      FROM kedge.migration m
      CROSS JOIN LATERAL jsonb_array_elements(m.plan::jsonb -> 'moves') AS v (move)
      WHERE m.name = ? AND m.epoch = ? AND m.ended_at IS NULL
        AND NOT EXISTS (
          SELECT FROM kedge.move c
          WHERE c.migration = m.id AND c.capture IS NOT NULL)
      ORDER BY 2, 3""";

  static final String NOTE =
      """
      INSERT INTO kedge.expanded (migration, table_name, structure)
      VALUES (?, ?, ?::text[])
      ON CONFLICT (migration, table_name) DO UPDATE
      SET structure = excluded.structure, at = excluded.at""";

  static final String NOTED =
      """
      SELECT structure
      FROM kedge.expanded
      WHERE migration = ? AND table_name = ?""";

  private ExpandedSql() {}
}
