package dev.kedge.inplace;

/** The statements of {@link InPlaceCapture} and {@link InPlaceSwitch}. */
final class CaptureSql {
  static final String MIGRATION =
      "SELECT id FROM kedge.migration WHERE name = ? AND ended_at IS NULL";

  static final String MAKE_MOVE =
      """
      INSERT INTO kedge.move (migration, move)
      VALUES (?, ?)
      ON CONFLICT (migration, move) DO NOTHING""";

  static final String WRITING =
      """
      SELECT writing
      FROM kedge.move
      WHERE migration = ? AND move = ?""";

  static final String REMOVED =
      """
      UPDATE kedge.move
      SET capture = NULL
      WHERE migration = ? AND move = ?""";

  static final String OPEN_RANGES =
      """
      SELECT count(*) AS open
      FROM kedge.range
      WHERE migration = ? AND move = ? AND state = 'open'""";

  // xmin with the rest: DISABLE and ENABLE again leaves everything else as it was.
  private static final String FINGERPRINT =
      """
      (SELECT string_agg(
        concat_ws(' ', t.tgname, t.tgrelid, t.oid, t.xmin, t.tgenabled, p.oid, p.xmin),
        '; ' ORDER BY t.tgname::text COLLATE "C")
      FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = to_regclass(?) AND t.tgname = ANY (?::name[]))""";

  static final String INTACT =
      """
      SELECT capture IS NOT DISTINCT FROM %s AS intact
      FROM kedge.move
      WHERE migration = ? AND move = ? AND capture IS NOT NULL"""
          .formatted(FINGERPRINT);

  static final String INSTALLED =
      """
      UPDATE kedge.move
      SET capture = %s, source_oid = ?::regclass, target_oid = ?::regclass
      WHERE migration = ? AND move = ?"""
          .formatted(FINGERPRINT);

  static final String SWITCHED =
      """
      UPDATE kedge.move
      SET writing = ?, capture = %s
      WHERE migration = ? AND move = ?"""
          .formatted(FINGERPRINT);

  // Row triggers fire in the order of their names' bytes. 1 row, 2 before, 4 insert, 16 update.
  static final String LATER_TRIGGERS =
      """
      SELECT tgname AS name
      FROM pg_trigger
      WHERE tgrelid = ?::regclass
        AND NOT tgisinternal
        AND tgtype & 3 = 3
        AND tgtype & 20 > 0
        AND tgname::text COLLATE "C" > ?
        AND tgname !~ '^zzzz_kedge_(fill|both)_[0-9]+_[0-9]+$'
      ORDER BY 1""";

  // The columns of a table that a view over it depends on; 0 stands for the whole row. Binds both.
  private static final String READ_BY_VIEW =
      """
      FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND d.refobjsubid IN (0, a.attnum)
      WHERE r.ev_class = ?::regclass
        AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = ?::regclass
        AND d.deptype = 'n'
      """;

  static final String GENERATED =
      "SELECT DISTINCT a.attname AS name\n"
          + READ_BY_VIEW
          + """
            AND a.attgenerated <> ''
          ORDER BY 1""";

  // Of the whole row, what we write ourselves is no part.
  static final String READS =
      "UPDATE kedge.move\nSET reads = ARRAY(\nSELECT DISTINCT a.attname::text\n"
          + READ_BY_VIEW
          + """
            AND a.attnum > 0
            AND NOT a.attisdropped
            AND a.attname <> ALL (?::text[])
          ORDER BY 1)
          WHERE migration = ? AND move = ?""";

  static final String COLUMN =
      """
      SELECT a.attnotnull OR t.typnotnull AS not_null,
        CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS absent
      FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = ?::regclass AND a.attname = ? AND NOT a.attisdropped""";

  static final String REVOKE = "REVOKE ALL ON FUNCTION kedge.%s() FROM PUBLIC";

  // Deaf to our own sessions: a chunk must never change a column that it reads.
  static final String TRIGGER =
      """
      CREATE OR REPLACE TRIGGER %1$s
      BEFORE INSERT OR UPDATE ON %2$s
      FOR EACH ROW
      WHEN (current_setting('kedge.applier', true) IS DISTINCT FROM %3$s)
      EXECUTE FUNCTION kedge.%4$s()""";

  // ALWAYS: rows that a subscription or a session in replica mode writes must follow, too.
  static final String ENABLE_ONE =
      """
      ALTER TABLE %s
        ENABLE ALWAYS TRIGGER %s,
        DISABLE TRIGGER %s""";

  static final String LOCK = "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE";

  // Whatever conflicts with that lock; two-phase transactions have no pid. SERIALIZABLE notes what
  // was read as SIReadLock, which is in nobody's way.
  static final String WRITERS =
      """
      SELECT virtualtransaction AS writer
      FROM pg_locks
      WHERE locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation = ?::regclass
        AND granted
        AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'SIReadLock')
        AND pid IS DISTINCT FROM pg_backend_pid()""";

  static final String WAIT_LOCK_TIMEOUT =
      """
      SELECT pg_sleep(setting::float8 / 1000)
      FROM pg_settings
      WHERE name = 'lock_timeout'""";

  // Without our trigger nobody fills these in rows of an application that knows the new columns
  // only.
  static final String REQUIRED =
      """
      SELECT quote_ident(attname) AS name
      FROM pg_attribute
      WHERE attrelid = ?::regclass AND attname = ANY (?::name[]) AND NOT attisdropped
        AND attnotnull AND NOT atthasdef AND attidentity = ''
      ORDER BY attnum""";

  static final String DROP_NOT_NULL = "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL";

  static final String DROP_TRIGGER = "DROP TRIGGER IF EXISTS %s ON %s";

  static final String DROP_FUNCTION = "DROP FUNCTION IF EXISTS kedge.%s()";

  static final String TABLE_EXISTS = "SELECT to_regclass(?) IS NOT NULL AS found";

  private CaptureSql() {}
}
