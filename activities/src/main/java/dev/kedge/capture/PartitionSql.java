package dev.kedge.capture;

import dev.kedge.plan.Quoting;
import dev.kedge.postgres.Placeholders;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeySide;
import dev.kedge.spec.TableName;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The statements of partitioned sides. */
final class PartitionSql {
  /** The oid of a partitioned table; no row for any other. */
  static final String PARTITIONED =
      "SELECT oid::text AS oid FROM pg_class WHERE oid = to_regclass(?) AND relkind = 'p'";

  static final String FOLLOWS =
      "SELECT tree IS NOT NULL AS partitioned FROM kedge.move WHERE migration = ? AND move = ?";

  // pg_partition_tree sees what is committed whatever the transaction's snapshot, as the planner
  // does, and locks what it names.
  static final String SAME_MEMBERS =
      """
      SELECT CASE
          WHEN m.tree IS NULL THEN true
          ELSE m.members = (
            SELECT string_agg(p.side || ' ' || p.relid, E'\\n' ORDER BY p.side, p.relid)
            FROM (
              SELECT 'old' AS side, relid::oid FROM pg_partition_tree(to_regclass(?))
              UNION ALL
              SELECT 'new', relid::oid FROM pg_partition_tree(to_regclass(?))
            ) p)
        END AS same
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  static final String IS_SETTLED =
      """
      SELECT m.pending IS NULL AND NOT EXISTS (
          SELECT FROM kedge.emptied e WHERE e.migration = m.migration AND e.move = m.move) AS settled
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  // What has come may wait for a lock; what went or was emptied waits for nobody.
  static final String IS_LOGGED =
      """
      SELECT coalesce(m.pending, '') NOT LIKE '%"came":false%' AND NOT EXISTS (
          SELECT FROM kedge.emptied e WHERE e.migration = m.migration AND e.move = m.move) AS settled
      FROM kedge.move m
      WHERE m.migration = ? AND m.move = ?""";

  static final String FORGET =
      """
      UPDATE kedge.move
      SET tree = NULL, members = NULL, bounds = NULL, pending = NULL
      WHERE migration = ? AND move = ?""";

  static final String FORGET_EMPTIED = "DELETE FROM kedge.emptied WHERE migration = ? AND move = ?";

  static final String REMEMBER =
      """
      UPDATE kedge.move
      SET tree = ?, members = ?, bounds = ?, pending = ?
      WHERE migration = ? AND move = ?""";

  static final String NOTE =
      """
      UPDATE kedge.move
      SET tree = ?, members = ?, bounds = ?, capture = ?, pending = ?
      WHERE migration = ? AND move = ?""";

  // A fence that says nothing of rounds: the tail's turn stays.
  static final String FENCE =
      "SELECT FROM kedge.tail WHERE migration = ? AND move = ? AND epoch = ? FOR UPDATE";

  static final String KEPT =
      "SELECT bounds, pending FROM kedge.move WHERE migration = ? AND move = ?";

  static final String STORE_CAPTURE =
      "UPDATE kedge.move SET capture = ? WHERE migration = ? AND move = ?";

  static final String STORE_PENDING =
      "UPDATE kedge.move SET pending = ? WHERE migration = ? AND move = ?";

  static final String ANY_EMPTIED =
      "SELECT FROM kedge.emptied WHERE migration = ? AND move = ? LIMIT 1";

  static final String TAKE_EMPTIED =
      """
      DELETE FROM kedge.emptied
      WHERE migration = ? AND move = ?
      RETURNING side, leaf::text AS leaf""";

  /** Tables by oid: their names, what they are, and which keys a partition may have. */
  static final String TABLES =
      """
      SELECT c.oid::text AS oid, c.oid::regclass::text AS name, c.relkind AS kind,
        CASE WHEN c.relispartition THEN coalesce(pg_get_partition_constraintdef(c.oid), 'true') END AS bound
      FROM pg_class c
      WHERE c.oid = ANY (?::oid[])
      ORDER BY c.oid""";

  /**
   * Tables of a tree that lack a trigger of ours. Binds the root, the guard, the emptied trigger.
   */
  static final String LACKING =
      """
      SELECT c.oid::text AS oid, c.oid::regclass::text AS name, c.relkind AS kind
      FROM pg_partition_tree(to_regclass(?)) p
      JOIN pg_class c ON c.oid = p.relid
      WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ?)
        OR c.relkind = 'r' AND NOT EXISTS (
          SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ?)
      ORDER BY c.oid""";

  static final String TRIGGERS_OF =
      "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = ?::oid AND tgname = ANY (?)";

  static final String OWN_TRIGGERS =
      """
      SELECT tgname
      FROM pg_trigger
      WHERE tgrelid = to_regclass(?) AND tgname = ANY (?) AND tgparentid = 0
      ORDER BY tgname""";

  static final String ROOTS =
      "SELECT oid::text AS oid FROM pg_class WHERE oid IN (to_regclass(?), to_regclass(?))";

  static final String IS_UNDER =
      """
      SELECT EXISTS (SELECT FROM pg_partition_ancestors(?::oid::regclass) a WHERE a.relid = to_regclass(?))
        AS under""";

  /**
   * Tables with triggers of those names, whichever they are by now; clones go with their parents.
   */
  static final String CARRIERS =
      """
      SELECT DISTINCT c.oid::text AS oid, c.oid::regclass::text AS name
      FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid
      WHERE t.tgname = ANY (?) AND t.tgparentid = 0 AND t.tgrelid <> ALL (?::oid[])
      ORDER BY 1""";

  static final String UNDO_STEPS =
      """
      UPDATE kedge.step
      SET state = 'undone'
      WHERE migration = ? AND starts_with(step, ?)""";

  static final String LOCK_TIMEOUT =
      """
      SELECT set_config('lock_timeout', greatest(1, least(100, setting::int / 2))::text || 'ms', true)
      FROM pg_settings
      WHERE name = 'deadlock_timeout'""";

  /** The same, and for all waits together. */
  static final String LOCKS_TIMEOUT =
      """
      SELECT set_config('lock_timeout', greatest(1, least(100, setting::int / 2))::text || 'ms', true),
        set_config('statement_timeout', greatest(1, least(100, setting::int / 2))::text || 'ms', true)
      FROM pg_settings
      WHERE name = 'deadlock_timeout'""";

  private PartitionSql() {}

  /** Locks all of a tree; whoever queues behind it waits as long as for one table. */
  static String lock(TableName root, String mode) {
    return "LOCK TABLE %s IN %s MODE".formatted(Quoting.table(root), mode);
  }

  /** A trigger function that does nothing, in the place of one that is not needed now. */
  static String idleFunction(String function) {
    return """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger
        LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp
        AS $kedge$
        BEGIN
          RETURN NULL;
        END $kedge$;
        %2$s"""
        .formatted(function, executable(function));
  }

  /**
   * Whoever makes a partition makes the clones of our row trigger, and needs the right to its
   * function. A trigger's function cannot be called, and in schema kedge nobody can name it.
   */
  static String executable(String function) {
    return "GRANT EXECUTE ON FUNCTION %s() TO PUBLIC".formatted(function);
  }

  /** Logs that a partition was emptied, unless it is none any more. */
  static String emptiedFunction(
      String function, String root, String side, long migration, int move) {
    return """
        CREATE OR REPLACE FUNCTION %1$s() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        AS $kedge$
        BEGIN
          %2$s
          INSERT INTO kedge.emptied (migration, move, side, leaf)
          VALUES (%3$d, %4$d, %5$s, TG_RELID);
          RETURN NULL;
        END $kedge$;
        %6$s"""
        .formatted(
            function,
            unlessUnder(root),
            migration,
            move,
            Quoting.literal(side),
            executable(function));
  }

  /** Refuses writes to what is part of the tree. */
  static String guardFunction(String function, String root) {
    return CaptureSql.guardFunction(function, unlessUnder(root)) + ";\n" + executable(function);
  }

  // A table that is no partition any more is none of our business, at once.
  private static String unlessUnder(String root) {
    return """
        IF TG_RELID <> %1$s::oid AND NOT EXISTS (
            SELECT FROM pg_partition_ancestors(TG_RELID) a WHERE a.relid = %1$s::oid
          ) THEN
            RETURN NULL;
          END IF;"""
        .formatted(root);
  }

  /** The row trigger; the server clones it to every partition there is and will be. */
  static String captureTrigger(CaptureNames names, TableName root, boolean onTarget, String when) {
    return """
        CREATE TRIGGER %1$s AFTER INSERT OR UPDATE OR DELETE ON %2$s
        FOR EACH ROW WHEN (%3$s) EXECUTE FUNCTION %4$s();
        ALTER TABLE %2$s ENABLE ALWAYS TRIGGER %1$s"""
        .formatted(
            Quoting.name(names.capture()),
            Quoting.table(root),
            when,
            names.captureFunction(onTarget));
  }

  /** Refuses writes to one table of the tree. */
  static String guardTrigger(
      CaptureNames names, String table, TableName other, boolean onTarget, String when) {
    return """
        CREATE TRIGGER %1$s BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %2$s
        FOR EACH STATEMENT WHEN (%3$s) EXECUTE FUNCTION %4$s(%5$s);
        ALTER TABLE ONLY %2$s ENABLE ALWAYS TRIGGER %1$s"""
        .formatted(
            Quoting.name(names.guard()),
            table,
            when,
            names.guardFunction(onTarget),
            Quoting.literal(Quoting.readable(other)));
  }

  /** Notes that one leaf was emptied. */
  static String emptiedTrigger(CaptureNames names, String leaf, boolean onTarget, String when) {
    return """
        CREATE TRIGGER %1$s AFTER TRUNCATE ON %2$s
        FOR EACH STATEMENT WHEN (%3$s) EXECUTE FUNCTION %4$s();
        ALTER TABLE ONLY %2$s ENABLE ALWAYS TRIGGER %1$s"""
        .formatted(Quoting.name(names.emptied()), leaf, when, names.emptiedFunction(onTarget));
  }

  static String enable(String table, String trigger) {
    return "ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %s".formatted(table, Quoting.name(trigger));
  }

  static String drop(String table, String trigger) {
    return "DROP TRIGGER IF EXISTS %s ON %s".formatted(Quoting.name(trigger), table);
  }

  /**
   * Logs the next keys of a table, in its key's order, and returns the last one of them with how
   * many they were; no row at the end.
   *
   * @param table quoted
   * @param key its key's columns
   * @param log where to, and as what
   * @param as the same key on the side that {@code bound} speaks of
   * @param bound which of them; over the names of {@code as}
   * @param after the last key before; null for the beginning
   */
  static Fragment logKeys(
      String table,
      KeySide key,
      KeyLog log,
      KeySide as,
      String bound,
      @Nullable List<String> after,
      int rows) {
    int width = key.names().size();
    String own = each(width, i -> Quoting.name(key.names().get(i)) + " AS kedge_" + i);
    String same =
        each(
            width,
            i ->
                "%s::%s AS %s"
                    .formatted(
                        Quoting.name(key.names().get(i)),
                        as.types().get(i),
                        Quoting.name(as.names().get(i))));
    String order = each(width, i -> "kedge_" + i);
    return Fragment.of(
            """
            WITH page AS MATERIALIZED (
              SELECT %s
              FROM (SELECT %s, %s FROM %s) t
              WHERE (%s)"""
                .formatted(order, own, same, table, Placeholders.escape(bound)))
        .then(
            after == null
                ? Fragment.NONE
                : Fragment.of(
                    "\n    AND (%s) > (%s)"
                        .formatted(order, each(width, i -> "?::" + key.types().get(i))),
                    after.toArray()))
        .then(
            """

              ORDER BY %1$s
              LIMIT ?
            ), logged AS (
              INSERT INTO %2$s (%3$s)
              SELECT %4$s FROM page
              RETURNING 1
            )
            SELECT ARRAY[%5$s] AS key, (SELECT count(*) FROM logged) AS keys
            FROM page
            ORDER BY %6$s
            LIMIT 1"""
                .formatted(
                    order,
                    log.table(),
                    log.columns().list(""),
                    each(width, i -> "kedge_" + i + "::" + log.key().types().get(i)),
                    each(width, i -> "kedge_" + i + "::text"),
                    each(width, i -> "kedge_" + i + " DESC")),
            rows);
  }

  private static String each(int width, IntFunction<String> part) {
    return IntStream.range(0, width).mapToObj(part).collect(Collectors.joining(", "));
  }
}
