package dev.kedge.schema;

/** The statements of {@link CatalogReader}. */
final class CatalogSql {
  static final String IN_RECOVERY = "SELECT pg_is_in_recovery() AS standby";

  static final String SERVER =
      """
      SELECT current_setting('server_version_num')::int AS version, current_user AS role,
        (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
        has_database_privilege(current_database(), 'CREATE') AS may_create""";

  static final String TABLE_NAMES =
      """
      SELECT n.nspname, c.relname
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'kedge')
        AND has_schema_privilege(n.oid, 'USAGE')
      ORDER BY n.nspname, c.relname
      LIMIT 1000""";

  static final String OWNERS =
      """
      SELECT o.schema_name, o.table_name, m.name, m.started_at::timestamp(0)::text AS since
      FROM kedge.owned o
      JOIN kedge.migration m ON m.id = o.migration
      WHERE m.ended_at IS NULL AND m.name <> ?
      ORDER BY o.schema_name, o.table_name""";

  private CatalogSql() {}
}
