package dev.kedge.synchronous;

import dev.kedge.capture.SyncEvent;
import dev.kedge.plan.MovePlan;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import dev.kedge.projection.Values;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The text of the functions of synchronous triggers. Each recomputes the projection for the keys
 * that its statement touched, from the rows as they are now: what another trigger of the table made
 * of them meanwhile counts. One trap a statement, not a row: whatever fails inside leaves the
 * application's write as it is, and the keys, which capture has, to the tail.
 *
 * @param migration whose guard lets them pass
 * @param lockMillis how long they may wait for a lock
 * @param deferrable constraints of the target that could fail as late as the application's COMMIT,
 *     quoted with their schema
 */
record FunctionSql(MovePlan move, String migration, long lockMillis, List<String> deferrable) {
  // Planned anew with the number of keys; below it the plan made for the first few will do.
  private static final int BULK = 100;

  // A version of the application's own transaction. What it touched and another transaction has
  // deleted since its snapshot is visible to it, too, at REPEATABLE READ, but is there no more.
  private static final String OWN = "age(%sxmin) <= age(pg_current_xact_id()::xid)";

  // SECURITY DEFINER: the application's role needs no right on our schema or on the target.
  // Settings are pinned: a cast must yield in every session what it yields in ours.
  private static final String FUNCTION =
      """
      RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp
      SET TimeZone = 'UTC'
      SET DateStyle = 'ISO, YMD'
      SET IntervalStyle = 'postgres'
      SET extra_float_digits = 1
      SET bytea_output = 'hex'
      SET standard_conforming_strings = on
      SET jit = off
      SET lock_timeout = %d
      SET kedge.applier = %s
      AS %s""";

  private static final String ROWS =
      """

      #variable_conflict use_column
      BEGIN
        IF EXISTS (SELECT FROM %1$s) THEN
          BEGIN
            IF EXISTS (SELECT FROM %1$s OFFSET %2$d) THEN
              EXECUTE %3$s;
            ELSE
      %4$s;
            END IF;
      %5$s    EXCEPTION WHEN OTHERS THEN
            NULL;
          END;
        END IF;
        RETURN NULL;
      END
      """;

  private static final String TRUNCATE =
      """

      BEGIN
        BEGIN
          TRUNCATE %s;
        EXCEPTION WHEN OTHERS THEN
          NULL;
        END;
        RETURN NULL;
      END
      """;

  FunctionSql {
    deferrable = List.copyOf(deferrable);
  }

  /** What stands behind CREATE FUNCTION and its name. */
  String definition(SyncEvent event) {
    return FUNCTION.formatted(
        lockMillis,
        Quoting.literal(migration),
        dollarQuoted(
            event == SyncEvent.TRUNCATE
                ? TRUNCATE.formatted(target())
                : rows(event == SyncEvent.DELETE ? "kedge_old" : "kedge_new", statement(event))));
  }

  private String rows(String touched, String statement) {
    return ROWS.formatted(
        touched,
        BULK,
        dollarQuoted("\n" + statement + "\n"),
        statement,
        deferrable.isEmpty()
            ? ""
            : "      SET CONSTRAINTS %s IMMEDIATE;\n".formatted(String.join(", ", deferrable)));
  }

  /** The statement that makes the target follow, for the rows in the transition tables. */
  String statement(SyncEvent event) {
    String was = "SELECT " + key().list("o.") + " FROM kedge_old o";
    String is = "SELECT " + key().list("n.") + " FROM kedge_new n";
    return switch (event) {
      case INSERT -> with(is) + insert("");
      case UPDATE -> with(was + " UNION " + is) + leave(was) + insert(AFTER_GONE);
      case DELETE -> with(was) + leave(was) + insert(AFTER_GONE);
      case TRUNCATE -> throw new IllegalArgumentException("TRUNCATE has no rows");
    };
  }

  private String with(String keys) {
    return """
        WITH kedge_keys (%1$s) AS MATERIALIZED (
          %2$s
        ),
        kedge_rows AS MATERIALIZED (
          SELECT
            %3$s
          FROM %4$s
          WHERE (%5$s) IN (SELECT %6$s FROM kedge_keys k)
            AND %7$s%8$s
        )"""
        .formatted(
            numbered(i -> "k" + i),
            keys,
            move.columns().stream().map(FunctionSql::value).collect(Collectors.joining(",\n    ")),
            Quoting.table(move.source()),
            key().list(""),
            numbered(i -> "k.k" + i),
            OWN.formatted(""),
            move.where() == null ? "" : "\n    AND (\n" + move.where() + "\n)");
  }

  // Rows that were there: gone, when nothing is projected any more or their unique values change,
  // which may be swapped; changed otherwise.
  private String leave(String was) {
    return """
        ,
        kedge_was (%1$s) AS MATERIALIZED (
          %2$s
        ),
        kedge_gone AS (
          DELETE FROM %3$s
          WHERE (%4$s) IN (SELECT %5$s FROM kedge_was k)
            AND %6$s
            AND NOT EXISTS (SELECT FROM kedge_rows r WHERE %7$s AND NOT (%8$s))
          RETURNING 1
        )%9$s"""
        .formatted(
            numbered(i -> "k" + i),
            was,
            target(),
            targetKey().list(""),
            wasKeys(),
            there(),
            sameKey(),
            uniqueDiffer(),
            change());
  }

  private String change() {
    Projection forward = Projection.forward(move);
    if (forward.settable().isEmpty()) {
      return "";
    }
    return """
        ,
        kedge_changed AS (
          UPDATE %1$s
          SET %2$s
          FROM kedge_rows r
          WHERE %3$s
            AND (%4$s) IN (SELECT %5$s FROM kedge_was k)
            AND %6$s
            AND NOT (%7$s)
            AND %8$s
        )"""
        .formatted(
            target(),
            forward.settable().stream()
                .map(column -> Quoting.name(column.column()))
                .map(name -> name + " = r." + name)
                .collect(Collectors.joining(", ")),
            sameKey(),
            targetKey().list("r."),
            wasKeys(),
            Values.imagesDiffer(move.columns(), "r.", target() + "."),
            uniqueDiffer(),
            there());
  }

  private static final String AFTER_GONE = "\nWHERE (SELECT count(*) FROM kedge_gone) >= 0";

  // Whether the row is there is for the unique index to say: a row that another transaction
  // deleted since our snapshot looks as if it were.
  private String insert(String after) {
    return """

        INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE
        SELECT %s
        FROM kedge_rows r%s
        ON CONFLICT (%s) DO NOTHING"""
        .formatted(
            target(),
            Values.list(move.columns(), ""),
            Values.list(move.columns(), "r."),
            after,
            targetKey().list(""));
  }

  // Of two rows of one key that the transaction sees, its own is the one that is there.
  private String there() {
    return """
        (current_setting('transaction_isolation') = 'read committed'
            OR %1$s
            OR NOT EXISTS (SELECT FROM %2$s o WHERE %3$s AND %4$s))"""
        .formatted(
            OWN.formatted(target() + "."),
            target(),
            targetKey().equal("o.", target() + "."),
            OWN.formatted("o."));
  }

  private String sameKey() {
    return targetKey().equal("r.", target() + ".");
  }

  private String uniqueDiffer() {
    return Values.imagesDiffer(Projection.forward(move).uniqueColumns(), "r.", target() + ".");
  }

  private String wasKeys() {
    return numbered(i -> "k.k" + i + "::" + targetKey().types().get(i - 1));
  }

  private String target() {
    return Quoting.table(move.target());
  }

  private KeySide key() {
    return Projection.sourceKey(move);
  }

  private KeySide targetKey() {
    return Projection.targetKey(move);
  }

  private String numbered(java.util.function.IntFunction<String> each) {
    return IntStream.rangeClosed(1, move.key().size())
        .mapToObj(each)
        .collect(Collectors.joining(", "));
  }

  private static String value(dev.kedge.plan.ProjectedColumn column) {
    String value = Projection.value(column);
    return (KeySide.isText(column.type()) ? "(" + value + ") COLLATE \"default\"" : value)
        + " AS "
        + Quoting.name(column.column());
  }

  private static String dollarQuoted(String body) {
    String tag = "$kedge$";
    for (int n = 1; body.contains(tag); n++) {
      tag = "$kedge" + n + "$";
    }
    return tag + body + tag;
  }
}
