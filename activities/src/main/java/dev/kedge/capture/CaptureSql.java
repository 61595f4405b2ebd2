package dev.kedge.capture;

import dev.kedge.plan.Quoting;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The statements that make and remove a copy's log, triggers and guards. */
final class CaptureSql {
  // A key column of the log has the collation of the column it comes from: it is compared with the
  // bounds of ranges, and those are in that column's order. Its type is the one under all domains,
  // without a modifier: a domain or a length that is changed later must not fail a write.
  static final String KEY_COLUMNS =
      """
      WITH RECURSIVE base AS (
        SELECT k.place, a.attcollation, t.oid, t.typtype, t.typbasetype, t.typcategory
        FROM unnest(?::text[]) WITH ORDINALITY AS k (name, place)
        JOIN pg_attribute a ON a.attrelid = ?::regclass AND a.attname = k.name AND a.attnum > 0
        JOIN pg_type t ON t.oid = a.atttypid
        UNION ALL
        SELECT b.place, b.attcollation, t.oid, t.typtype, t.typbasetype, t.typcategory
        FROM base b
        JOIN pg_type t ON t.oid = b.typbasetype
        WHERE b.typtype = 'd'
      )
      SELECT format_type(b.oid, -1)
          || CASE
               WHEN b.attcollation = 0 THEN ''
               ELSE ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
             END AS definition,
        coalesce(cn.nspname || '.' || co.collname, '') AS collation,
        EXISTS (
          SELECT
          FROM pg_opclass o
          JOIN pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
          WHERE o.opcdefault AND o.opcnamespace = 'pg_catalog'::regnamespace
            AND o.opcintype IN (b.oid,
              CASE b.typtype WHEN 'e' THEN 3500 WHEN 'r' THEN 3831 WHEN 'm' THEN 4537
                WHEN 'c' THEN 2249 END,
              CASE WHEN b.typcategory = 'A' THEN 2277 END,
              CASE b.oid WHEN 1043 THEN 25 WHEN 650 THEN 869 END)) AS builtin
      FROM base b
      LEFT JOIN pg_collation co ON co.oid = b.attcollation
      LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
      WHERE b.typtype <> 'd'
      ORDER BY b.place""";

  /**
   * Whether a target has rows of the move, or any while no other move has filled it: those would be
   * nobody's. With {@code %s} for the table, the move's own rows and the table's name. Binds
   * migration and move.
   */
  static final String HAS_ROWS =
      """
      SELECT EXISTS (SELECT FROM %1$s WHERE %2$s)
        OR EXISTS (SELECT FROM %1$s) AND NOT EXISTS (
          SELECT
          FROM kedge.move m
          JOIN kedge.range r ON r.migration = m.migration AND r.move = m.move
          WHERE m.migration = ? AND m.move <> ? AND m.target_oid = %3$s::regclass
            AND (r.state <> 'open' OR r.cursor IS DISTINCT FROM r.lo)) AS has_rows""";

  static final String TRIGGERS =
      """
      SELECT tgname
      FROM pg_trigger
      WHERE tgrelid = to_regclass(?) AND tgname = ANY (?)
      ORDER BY tgname""";

  static final String REMEMBER =
      """
      INSERT INTO kedge.move (migration, move, source_oid, target_oid, joined_oids, capture)
      VALUES (?, ?, ?::regclass, ?::regclass, ?::text[]::regclass[]::oid[], ?)
      ON CONFLICT (migration, move) DO UPDATE
      SET source_oid = EXCLUDED.source_oid, target_oid = EXCLUDED.target_oid,
        joined_oids = EXCLUDED.joined_oids, capture = EXCLUDED.capture""";

  private CaptureSql() {}

  /** The log; {@code definitions} are types with collations, in key order. */
  static String createLog(KeyLog log, List<String> definitions) {
    String columns =
        IntStream.range(0, definitions.size())
            .mapToObj(i -> "  k%d %s,\n".formatted(i + 1, definitions.get(i)))
            .collect(Collectors.joining());
    return """
        CREATE TABLE IF NOT EXISTS %s (
          xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
          n bigint GENERATED ALWAYS AS IDENTITY,
        %s  at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (xid, n)
        )"""
        .formatted(log.table(), columns);
  }

  /** Logs keys, whoever wrote; its trigger's WHEN keeps our own sessions off. */
  static String captureFunction(String function, KeyLog log) {
    return captureFunction(function, log, "");
  }

  /**
   * The same, deaf to the sessions of {@code migration} by itself. The WHEN of a trigger is read
   * and prepared anew for each statement of the application, a function's conditions once a
   * session; but our own writes then cost a call a row, so it is for triggers that are off while we
   * write.
   */
  static String deafCaptureFunction(String function, KeyLog log, String migration) {
    return captureFunction(
        function,
        log,
        """
        IF pg_catalog.current_setting('kedge.applier', true) OPERATOR(pg_catalog.=) %s THEN
            RETURN NULL;
          END IF;"""
            .formatted(Quoting.literal(migration)));
  }

  /**
   * Logs NEW's key, and OLD's when the row left it; by image, so that a key that is only spelled
   * otherwise counts.
   *
   * <p>It has no settings of its own: they would be set and put back for every row. It runs as the
   * log's owner on whatever search_path the application has, so every name in it, each operator's
   * and type's too, says its schema. Nothing is cast, so no other setting can matter to it.
   */
  private static String captureFunction(String function, KeyLog log, String first) {
    return """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER
        AS $kedge$
        BEGIN
          %6$s
          IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
            INSERT INTO %2$s (%3$s) VALUES (%5$s);
          ELSE
            INSERT INTO %2$s (%3$s) VALUES (%4$s);
            IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
              IF ROW(%5$s)::pg_catalog.record
                  OPERATOR(pg_catalog.*<>) ROW(%4$s)::pg_catalog.record THEN
                INSERT INTO %2$s (%3$s) VALUES (%5$s);
              END IF;
            END IF;
          END IF;
          RETURN NULL;
        END $kedge$;
        REVOKE ALL ON FUNCTION %1$s() FROM PUBLIC"""
        .formatted(
            function,
            log.table(),
            log.columns().list(""),
            log.key().list("NEW."),
            log.key().list("OLD."),
            first);
  }

  /** Logs that the table was emptied. */
  static String emptiedFunction(String function, KeyLog log) {
    return """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS $kedge$
        BEGIN
          INSERT INTO %2$s (k1) VALUES (NULL);
          RETURN NULL;
        END $kedge$;
        REVOKE ALL ON FUNCTION %1$s() FROM PUBLIC"""
        .formatted(function, log.table());
  }

  /**
   * Refuses; its argument names the side to write to. What the server itself does because a row
   * that is referred to was changed (ON DELETE CASCADE and its like) passes: refusing it would fail
   * the application's write to another table, and the side that is written has done the same.
   */
  static String guardFunction(String function) {
    return guardFunction(function, "");
  }

  /**
   * The same with a statement before all others, as {@code IF … THEN RETURN NULL; END IF;}; empty
   * for none.
   */
  static String guardFunction(String function, String first) {
    return """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
        AS $kedge$
        DECLARE
          context text;
        BEGIN
          %2$s
          IF pg_trigger_depth() > 1 THEN
            GET DIAGNOSTICS context = PG_CONTEXT;
            IF split_part(context, E'\\n', 2)
                ~ '"(DELETE FROM|UPDATE) (ONLY )?.+ WHERE [$][0-9]+ OPERATOR[(]pg_catalog[.]' THEN
              RETURN NULL;
            END IF;
          END IF;
          RAISE EXCEPTION USING
            ERRCODE = 'KD001',
            MESSAGE = format('%%I.%%I is not the side that is written', TG_TABLE_SCHEMA, TG_TABLE_NAME),
            HINT = 'write to ' || TG_ARGV[0] || ' instead';
        END $kedge$;
        REVOKE ALL ON FUNCTION %1$s() FROM PUBLIC"""
        .formatted(function, first);
  }

  /**
   * The two triggers that log, on one table; both are deaf to our own sessions.
   *
   * @param logs the function that logs keys, and is deaf by itself
   * @param marks the function that marks that the table was emptied
   */
  static String captureTriggers(
      CaptureNames names, TableName table, String logs, String marks, String migration) {
    return """
        CREATE TRIGGER %1$s AFTER INSERT OR UPDATE OR DELETE ON %2$s
        FOR EACH ROW EXECUTE FUNCTION %4$s();
        CREATE TRIGGER %5$s AFTER TRUNCATE ON %2$s
        FOR EACH STATEMENT WHEN (%3$s) EXECUTE FUNCTION %6$s()"""
        .formatted(
            Quoting.name(names.capture()),
            Quoting.table(table),
            notOurs(migration),
            logs,
            Quoting.name(names.emptied()),
            marks);
  }

  /** The trigger that refuses writes to {@code table}, naming {@code other}. */
  static String guardTrigger(
      CaptureNames names, TableName table, TableName other, String migration) {
    return """
        CREATE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
        FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION %s(%s)"""
        .formatted(
            Quoting.name(names.guard()),
            Quoting.table(table),
            notOurs(migration),
            names.guardFunction(),
            Quoting.literal(Quoting.readable(other)));
  }

  /** A trigger that writes the target; it may be there from an earlier flip, silent. */
  static String syncTrigger(
      CaptureNames names, SyncEvent event, TableName table, String migration) {
    return """
        CREATE OR REPLACE TRIGGER %s AFTER %s ON %s
        %sFOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION kedge.%s()"""
        .formatted(
            Quoting.name(names.sync(event)),
            event.name(),
            Quoting.table(table),
            event.transition(),
            notOurs(migration),
            Quoting.name(names.syncFunction(event)));
  }

  /**
   * Switches a trigger; CREATE TRIGGER and plain ENABLE leave it deaf to replication's sessions.
   */
  static String enable(TableName table, String trigger, boolean on) {
    return "ALTER TABLE %s %s TRIGGER %s"
        .formatted(Quoting.table(table), on ? "ENABLE ALWAYS" : "DISABLE", Quoting.name(trigger));
  }

  static String dropTrigger(TableName table, String trigger) {
    return "DROP TRIGGER IF EXISTS %s ON %s".formatted(Quoting.name(trigger), Quoting.table(table));
  }

  static String notOurs(String migration) {
    return "current_setting('kedge.applier', true) IS DISTINCT FROM " + Quoting.literal(migration);
  }
}
