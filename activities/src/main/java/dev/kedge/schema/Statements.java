package dev.kedge.schema;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Sql;
import java.sql.SQLException;
import java.util.regex.Pattern;

/** How a statement that a person wrote is run. */
final class Statements {
  /**
   * What names in specs are looked up in: as a table of a spec, they are in public unless
   * qualified. Not {@code "$user"}: a role named kedge would create tables in our schema.
   */
  static final String SEARCH_PATH = "SET LOCAL search_path = public";

  /** What every other statement of ours runs with, see {@code Databases.SESSION}. */
  static final String OUR_PATH = "SET LOCAL search_path = pg_catalog, pg_temp";

  // Law 8: whoever queues behind us waits no longer than this, and never comes to look for a
  // deadlock in which the application could be the victim.
  static final String LOCK_TIMEOUT =
      """
      SELECT set_config('lock_timeout', greatest(1, least(100, setting::int / 2))::text || 'ms', true)
      FROM pg_settings
      WHERE name = 'deadlock_timeout'""";

  // SHARE UPDATE EXCLUSIVE, which these hold and queue for, is in the way of no read and no write;
  // with a lock_timeout every old snapshot in the database would throw away a whole build.
  private static final Pattern QUEUES_HARMLESSLY =
      Pattern.compile(
          "\\s*(CREATE\\s+(UNIQUE\\s+)?INDEX|DROP\\s+INDEX|REINDEX\\b[^;]*)\\s+CONCURRENTLY\\b.*",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  /**
   * What an index is built with: a sixteenth of the memory that the server was given, as far as
   * shared_buffers tells, a gigabyte at most and never less than it would have; and, unless
   * somebody chose, four helpers.
   */
  static final String BUILD =
      """
      SELECT set_config(s.name, CASE s.name
          WHEN 'maintenance_work_mem' THEN greatest(s.setting::bigint, least(1048576, (
            SELECT setting::bigint * 8 / 4 FROM pg_settings WHERE name = 'shared_buffers')))::text
          ELSE greatest(s.setting::int, least(4, (
            SELECT setting::int FROM pg_settings WHERE name = 'max_parallel_workers')))::text
        END, false)
      FROM pg_settings s
      WHERE s.name = 'maintenance_work_mem'
        OR (s.name = 'max_parallel_maintenance_workers' AND s.source = 'default')""";

  private Statements() {}

  /** Whether a statement builds indexes. */
  static boolean builds(String statement) {
    return QUEUES_HARMLESSLY.matcher(statement).matches()
        && !statement.strip().regionMatches(true, 0, "DROP", 0, 4);
  }

  /** Sends one statement as it is: the driver reads neither escapes nor parameters into it. */
  static void execute(Sql sql, String statement) throws SQLException {
    try (java.sql.Statement plain = sql.connection().createStatement()) {
      plain.setEscapeProcessing(false);
      plain.execute(statement);
    }
  }

  /** Settings of a session that runs {@code statement} outside a transaction; reset by the pool. */
  static String outsidePreamble(String migration, String statement) {
    return """
        SET application_name = %s; SET kedge.applier = %s; SET search_path = public;
        SET statement_timeout = 0; SET lock_timeout = %d"""
        .formatted(
            Quoting.literal("kedge:" + migration + ":ddl"),
            Quoting.literal(migration),
            QUEUES_HARMLESSLY.matcher(statement).matches() ? 0 : 100);
  }

  /** Lets a statement take as long as it takes; the pool restores the bound. */
  static void patient(Sql sql) throws SQLException {
    sql.connection().setNetworkTimeout(Runnable::run, 0);
  }
}
