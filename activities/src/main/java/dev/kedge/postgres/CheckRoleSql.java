package dev.kedge.postgres;

/** The statements about the role that runs the queries of a spec. */
final class CheckRoleSql {
  /** One line for the first right that is more than reading; none when there is no such right. */
  static final String EXCESS =
      """
      SELECT x.excess
      FROM (
        SELECT 1 AS place, 'it is a superuser' AS excess
        FROM pg_roles
        WHERE rolname = current_user AND rolsuper
        UNION ALL
        SELECT 2, 'it may create roles or databases, or replicate'
        FROM pg_roles
        WHERE rolname = current_user AND (rolcreaterole OR rolcreatedb OR rolreplication)
        UNION ALL
        SELECT 3, 'it is a member of ' || rolname
        FROM pg_roles
        WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program',
            'pg_signal_backend', 'pg_maintain', 'pg_checkpoint')
          AND pg_has_role(current_user, oid, 'MEMBER')
        UNION ALL
        SELECT 4, 'it may create objects in schema ' || quote_ident(nspname)
        FROM pg_namespace
        WHERE NOT starts_with(nspname, 'pg_') AND has_schema_privilege(oid, 'CREATE')
        UNION ALL
        SELECT 5, 'it may create schemas'
        WHERE has_database_privilege(current_database(), 'CREATE')
        UNION ALL
        SELECT 6, 'it may write ' || oid::regclass
        FROM pg_class
        WHERE CASE WHEN relkind IN ('r', 'p', 'v', 'f') AND oid >= 16384
            THEN has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
              OR has_any_column_privilege(oid, 'INSERT, UPDATE') END
        UNION ALL
        SELECT 7, 'it may draw from sequence ' || oid::regclass
        FROM pg_class
        WHERE CASE WHEN relkind = 'S' AND oid >= 16384
            THEN has_sequence_privilege(oid, 'USAGE, UPDATE') END
      ) x
      ORDER BY x.place, x.excess
      LIMIT 1""";

  private CheckRoleSql() {}
}
