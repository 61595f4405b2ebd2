package dev.kedge.reconcile;

import dev.kedge.backfill.Direction;
import dev.kedge.backfill.WindowSql;
import dev.kedge.plan.Quoting;
import dev.kedge.projection.Fragment;
import dev.kedge.projection.KeyRange;
import dev.kedge.projection.KeyScope;
import dev.kedge.projection.KeySet;
import dev.kedge.projection.KeySide;
import dev.kedge.projection.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The statements of {@link CopyMatcher}. */
final class CopySql {
  // Sees every transaction.
  private static final String NOTHING = "9223372036854775807:9223372036854775807:";

  private CopySql() {}

  /** The keys of the following side, as the truth's type has them. */
  static Fragment followers(Direction direction, KeyRange range) {
    Projection projection = direction.projection();
    return Fragment.of(
            "SELECT %s AS key\nFROM %s\nWHERE "
                .formatted(followerTexts(direction, ""), Quoting.table(projection.written())))
        .then(projection.writtenIn(range))
        .then(projection.andOwned())
        .then("\nORDER BY " + projection.writtenKey().inOrderOf(projection.readKey(), ""));
  }

  /** Compares keys; a row each, equal ones and those that neither side has without a kind. */
  static Fragment compare(Direction direction, KeySet keys, Moment moment) {
    KeySide key = direction.log().columns();
    return with(direction, keys, moment)
        .then(
            """

            SELECT p.kind, %s AS key, %s AS explained
            FROM kedge_keys k
            LEFT JOIN kedge_pairs p ON %s
            LEFT JOIN kedge_window w ON %s"""
                .formatted(
                    key.asTexts("k."),
                    EXPLAINED,
                    equal(direction, "p.", "k."),
                    equal(direction, "w.", "k.")));
  }

  /** One page of what was captured; its keys, or null where the table was emptied after since. */
  static Fragment captured(Direction direction, Captures part, @Nullable LogPlace after) {
    KeySide key = direction.log().columns();
    Fragment page =
        Fragment.of(
            """
            SELECT l.xid::text AS xid, l.n, l.k1 IS NULL AS emptied,
              CASE WHEN l.k1 IS NOT NULL THEN %s END AS key
            FROM %s l
            WHERE\s"""
                .formatted(key.asTexts("l."), direction.log().table()));
    page =
        part.to() == null
            ? page.then("l.xid = ?::xid8", part.from())
            : page.then("l.xid >= ?::xid8 AND l.xid < ?::xid8", part.from(), part.to());
    if (after != null) {
      page = page.then("\n  AND (l.xid, l.n) > (?::xid8, ?)", after.xid(), after.n());
    }
    return page.then("\nORDER BY l.xid, l.n\nLIMIT ?", CapturedKeys.PAGE);
  }

  /** Has the keys captured, as if the application had touched their rows. */
  static Fragment capture(Direction direction, KeySet keys) {
    KeySide key = direction.log().columns();
    return Fragment.of(
            "INSERT INTO %s (%s)\nWITH ".formatted(direction.log().table(), key.list("")))
        .then(direction.projection().keys(keys))
        .then("\nSELECT %s FROM kedge_keys k".formatted(key.list("k.")));
  }

  // The window once, not once a row: the log may be long.
  static final String EXPLAINED =
      "w.k1 IS NOT NULL OR EXISTS (SELECT FROM kedge_window e WHERE e.k1 IS NULL)";

  private static Fragment with(Direction direction, KeySet keys, Moment moment) {
    return Fragment.of("WITH ")
        .then(direction.projection().keys(keys))
        .then(",\n")
        .then(window(direction, moment))
        .then(",\n")
        .then(pairs(direction.projection(), keys, pairKeys(direction)));
  }

  /** What was captured and not applied, its keys by bytes. */
  static Fragment window(Direction direction, Moment moment) {
    KeySide key = direction.log().columns();
    Fragment window =
        Fragment.of(
                "kedge_window AS MATERIALIZED (\n  SELECT DISTINCT %s\n  FROM (\n"
                    .formatted(each(key, name -> bytes(key, name, "l.") + " AS " + name)))
            .then(WindowSql.rows(direction.log(), NOTHING));
    for (String applied : moment.applied()) {
      window = window.then("\nUNION ALL\n").then(WindowSql.rows(direction.log(), applied));
    }
    return window.then("\n  ) l\n)");
  }

  /**
   * What is wanted beside what is there, as {@code kedge_pairs}: {@code shown} of each pair, which
   * are called p and t, and as {@code kind} what is wrong with it, null for nothing.
   */
  static Fragment pairs(Projection projection, KeyScope scope, String shown) {
    return Fragment.of(
            """
            kedge_pairs AS MATERIALIZED (
              SELECT %s,
                CASE
                  WHEN p.kedge_wanted IS NULL THEN 'extra'
                  WHEN t.kedge_there IS NULL THEN 'missing'
                  WHEN %s THEN 'different'
                END AS kind
              FROM (
                SELECT true AS kedge_wanted, w.*
                FROM (
            """
                .formatted(
                    shown,
                    new Likeness(projection.written()).differ(projection.columns(), "p.", "t.")))
        .then(projection.comparableRows(scope))
        .then("\n    ) w\n  ) p\n  FULL JOIN (\n")
        .then(there(projection, scope))
        .then("\n  ) t ON %s\n)".formatted(projection.writtenKey().equal("p.", "t.")));
  }

  // A row that is somebody else's is none: one that the truth wants in its place is missing.
  static Fragment there(Projection projection, KeyScope scope) {
    return Fragment.of(
            "SELECT %s,\n  true AS kedge_there\nFROM %s\nWHERE "
                .formatted(projection.columnList(""), Quoting.table(projection.written())))
        .then(projection.writtenIn(scope))
        .then(projection.andOwned());
  }

  private static String pairKeys(Direction direction) {
    KeySide written = direction.projection().writtenKey();
    List<String> types = direction.projection().readKey().types();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      String name = Quoting.name(written.names().get(i));
      keys.add("coalesce(p.%1$s, t.%1$s)::%2$s AS k%3$d".formatted(name, types.get(i), i + 1));
    }
    return String.join(", ", keys);
  }

  /** The follower's key as the truth's type has it; a {@code text[]}. */
  static String followerTexts(Direction direction, String prefix) {
    KeySide written = direction.projection().writtenKey();
    List<String> types = direction.projection().readKey().types();
    return IntStream.range(0, types.size())
        .mapToObj(
            i -> prefix + Quoting.name(written.names().get(i)) + "::" + types.get(i) + "::text")
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  /** The key by the names k1, k2 … */
  static KeySide numbered(KeySide key) {
    return new KeySide(
        IntStream.rangeClosed(1, key.names().size()).mapToObj(i -> "k" + i).toList(), key.types());
  }

  // Sides may have collations that cannot meet; keys are the same when their bytes are.
  private static String equal(Direction direction, String left, String right) {
    KeySide key = direction.log().columns();
    return key.names().stream()
        .map(name -> bytes(key, name, left) + " = " + bytes(key, name, right))
        .collect(Collectors.joining(" AND "));
  }

  private static String bytes(KeySide key, String name, String prefix) {
    boolean text = KeySide.isText(key.types().get(key.names().indexOf(name)));
    return prefix + name + (text ? " COLLATE \"C\"" : "");
  }

  private static String each(KeySide key, UnaryOperator<String> column) {
    return key.names().stream().map(column).collect(Collectors.joining(", "));
  }
}
